"""Calls of the lake's Lambda functions, with their exceptions as errors."""

import json
from collections.abc import Mapping
from typing import Any

from operations.errors import OperationsError
from operations.lake.location import Location


class FunctionFailedError(OperationsError):
    """A function raised: `error` is the name of its exception, the message its text."""

    def __init__(self, function: str, error: str, message: str) -> None:
        super().__init__(f"{function}: {error}: {message}")
        self.error = error
        self.message = message


def invoke(lake: Location, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Invoke a function of the lake (its name as in `dispatch_reports`) and return its answer.

    An answer that is no JSON object is returned under "answer". Raises FunctionFailedError when the function raised.
    """
    answer = lake.client("lambda").invoke(
        FunctionName=lake.named(function.replace("_", "-")), Payload=json.dumps(event).encode()
    )
    body = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        details = body if isinstance(body, dict) else {}
        raise FunctionFailedError(
            function, str(details.get("errorType", answer["FunctionError"])), str(details.get("errorMessage", ""))
        )
    return body if isinstance(body, dict) else {"answer": body}
