"""Errors that the `lake` command and the deployment show to people: one clear line each, never a traceback."""


class OperationsError(Exception):
    """Something the user can act on; the message names the thing and the remedy."""

    exit_status = 1
    """What the `lake` command ends with."""


class WrongUseError(OperationsError):
    """The command was called wrongly: a file that is missing, a name nobody knows, options that do not go together."""

    exit_status = 2
