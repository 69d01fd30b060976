"""Errors that the `lake` command and the deployment print: one clear line each, never a traceback."""


class OperationsError(Exception):
    """Something the user can act on; the message names the thing and the remedy."""

    exit_status = 1
    """The exit status of the `lake` command."""


class WrongUseError(OperationsError):
    """The command was called wrongly: a missing file, an unknown name, options that exclude each other."""

    exit_status = 2
