"""IAM as AWS enforces it: who calls, what the call needs, and whether a policy allows it. Nothing here serves a call.

A call is judged before it is served, whether it comes over HTTP or from one emulated service to another. What cannot
be judged is refused: a request without a signature, an unknown access key, an operation without a row in `needs`, a
request that cannot be read or may be read in two ways, a request to another host than the cloud's address, a statement
of Athena that nobody can read, a policy with elements that the evaluator does not know, and the calls between services
that `in_process` has no rule for: tasks of state machines other than functions and Glue jobs, maps that read S3, event
sources other than queues, subscriptions to logs, targets other than functions, queues, topics and state machines.

Not judged: what the account's root does, whose key is the one that the cloud was started with; whether a signature is
right (a key alone says who calls); who makes the services send what needs no permission of the sender (S3 to
EventBridge, metrics, the logs of a state machine); what services do that only root can set up, because they have no
rows (API Gateway, Cognito, Pipes and the like).
"""


class RefusedError(Exception):
    """A call is not served. `remedy` says what would change that."""

    remedy = ""


ASKED_BY_GOVERNANCE = "/_permissions"
"""Where the process that serves Lake Formation asks what IAM says; it has no roles and policies of its own."""

RECORD = "/_permissions/record"
"""Where the verdicts so far are to be had."""
