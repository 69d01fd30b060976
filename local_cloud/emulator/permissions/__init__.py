"""IAM as AWS enforces it: who calls, what the call needs, and whether a policy allows it. Nothing here serves a call.

A call is judged before it is served, whether it comes over HTTP or from one emulated service to another. What cannot
be judged is refused: an unknown access key, an operation without a row in `needs`, a request that cannot be read, a
policy with elements that the evaluator does not know. Not judged are requests without a signature (as the account's
root), requests that ministack answers before its dispatcher (virtual-hosted S3 among them), and calls between services
that the product does not make.
"""


class RefusedError(Exception):
    """A call is not served. `remedy` says what would change that."""

    remedy = ""


ASKED_BY_GOVERNANCE = "/_permissions"
"""Where the process that serves Lake Formation asks what IAM says; it has no roles and policies of its own."""
