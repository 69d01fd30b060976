"""Errors that the `lake` command and the deployment show to people: one clear line each, never a traceback."""


class OperationsError(Exception):
    """Something the user can act on; the message names the thing and the remedy."""
