"""Logs as JSON lines: what happened, to which request, account and source; without tokens and signed URLs.

Lambda filters a line by its `level` if the line has a `timestamp` by RFC 3339, else it takes the line for INFO (Lambda
developer guide, "Log-level filtering").

The functions use no logging library (nor Powertools): a formatter of a few lines costs no import time at a cold start.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from ingestion.errors import IngestionError
from ingestion.instants import rfc_3339

from handlers.settings import log_level

_R = TypeVar("_R")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_CONTEXT = ("request", "revision", "attempt", "account", "application", "run_id", "source")
_SECRET = re.compile(
    r"At(?:za|zr|c|z\.sprdt)\|[^\s\"']+|(?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|Signature)=[^&\s\"']+",
    re.IGNORECASE,
)
_LEVELS = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""Lambda's names of levels, where Python has others."""
_context: dict[str, Any] = {}


class JsonFormatter(logging.Formatter):
    """One JSON object per record: its message, its `extra` fields, the invocation's context.

    What looks like a token or a signature is removed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        own: dict[str, Any] = {
            "timestamp": rfc_3339(datetime.fromtimestamp(record.created, UTC)),
            "level": _LEVELS.get(record.levelname, record.levelname),
            "message": record.getMessage(),
            "logger": record.name,
        }
        extra = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        entry = own | {name: value for name, value in (_context | extra).items() if name not in own}
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
            entry["cause"] = str(record.exc_info[1])
        return _SECRET.sub("(removed)", json.dumps(entry, default=str, ensure_ascii=False))


def set_up() -> None:
    """Make the root logger write JSON lines, instead of whatever the runtime set up."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level())
    for noisy in ("urllib3", "boto3", "botocore", "requests"):  # their debug records hold headers and URLs
        logging.getLogger(noisy).setLevel("WARNING")


def logged(handler: Callable[[Any, Any], _R]) -> Callable[[Any, Any], _R]:
    """Give every record of an invocation its context, and log how it failed by name.

    A failure that the system understands is a warning: some are signals. The error goes on to the caller.
    """

    @wraps(handler)
    def wrapper(event: Any, context: Any) -> _R:
        _context.clear()
        if isinstance(event, dict):
            _context.update({name: event[name] for name in _CONTEXT if isinstance(event.get(name), str | int)})
        _context["invocation"] = getattr(context, "aws_request_id", None)
        try:
            return handler(event, context)
        except Exception as error:
            level = logging.WARNING if isinstance(error, IngestionError) else logging.ERROR
            logging.getLogger(handler.__module__).log(
                level, "failed", extra={"error": type(error).__name__, "cause": str(error)}
            )
            raise

    return wrapper
