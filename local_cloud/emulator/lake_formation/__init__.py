"""Lake Formation as AWS enforces it: which databases, tables, columns and rows a caller sees, and what it may change.

`access` computes it from grants, LF-Tags and data cells filters; the other modules bring these to the process that has
the catalogue and ask there. The account's root, and with it the key of whoever started the cloud, is exempt; a caller
that nobody knows sees nothing.

What this does not judge: SELECT, INSERT and DELETE of a Glue job, which reaches its files with its role's permissions
on S3; hybrid access mode; views; nested columns; grants to other accounts; which tags and grants a caller may list.
"""

ROOT = "root"
"""The name of the account's root, which is exempt."""
NOBODY = "nobody"
"""The name of a caller that is not known; no grant is made to it."""


class InsufficientPermissionsError(Exception):
    """Lake Formation does not let a caller do something; the message is its own."""

    def __init__(self, required: str, resource: str) -> None:
        super().__init__(f"Insufficient Lake Formation permission(s): Required {required} on {resource}")
