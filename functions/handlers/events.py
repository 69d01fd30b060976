"""What events of several functions hold: the attempt they are about, and the instant that they take for now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingestion.identity import AttemptKey
from ingestion.instants import parse_instant


def attempt_key(event: Mapping[str, Any]) -> AttemptKey:
    """The attempt of `{"request", "revision", "attempt"}`."""
    return AttemptKey(request=event["request"], revision=event["revision"], attempt=event["attempt"])


def scheduled_time(event: Mapping[str, Any]) -> datetime | None:
    """The instant of `{"scheduled_time"?}`; None when there is none. ValueError when it is no instant."""
    text = event.get("scheduled_time")
    return None if text is None else parse_instant(text)
