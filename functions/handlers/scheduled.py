"""The instant that a scheduled function is told is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ingestion.instants import parse_instant


def scheduled_time(event: dict[str, Any]) -> datetime | None:
    """The scheduler's time, if it filled it in (an emulated one leaves `<aws.scheduler.scheduled-time>` standing)."""
    text = event.get("scheduled_time")
    if not isinstance(text, str) or text.startswith("<"):
        return None
    return parse_instant(text)
