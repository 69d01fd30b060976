"""The instant that a scheduled function is told is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ingestion.instants import parse_instant


def scheduled_time(event: dict[str, Any]) -> datetime | None:
    """The time at which the scheduler meant to invoke the function; None for an invocation by hand."""
    text = event.get("scheduled_time")
    return parse_instant(text) if isinstance(text, str) else None
