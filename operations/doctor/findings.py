"""What a check is and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from operations.lake.location import Location

APPLY = "run `terraform apply`"

_MISSING = {
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "EntityNotFoundException",
    "NoSuchKey",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "StateMachineDoesNotExist",
}
"""How the services say that a thing does not exist."""


class Verdict(StrEnum):
    """How a thing is. Only a failure changes the exit status."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing and, unless all is well, what to do."""

    verdict: Verdict
    said: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """A question to a lake, and the IAM actions that asking takes."""

    name: str
    actions: tuple[str, ...]
    ask: Callable[[Location], Iterable[Finding]]


def ok(said: str) -> Finding:
    """It is as it must be."""
    return Finding(Verdict.OK, said)


def warning(said: str, remedy: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(Verdict.WARNING, said, remedy)


def failed(said: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Verdict.FAILED, said, remedy)


def not_applicable(said: str) -> Finding:
    """It cannot be asked of this lake."""
    return Finding(Verdict.NOT_APPLICABLE, said)


def unless_any(faults: Iterable[Finding], said: str) -> list[Finding]:
    """The faults; without any, that all is well."""
    return list(faults) or [ok(said)]


def existing(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
    """The answer of a call of boto3's; None when what it names does not exist."""
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        if says_missing(error):
            return None
        raise
    return answer


def says_missing(error: Any) -> bool:
    """Whether an error of boto3's means that what the call names does not exist."""
    return error.response["Error"]["Code"] in _MISSING


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
