"""Access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.instants import Clock

REUSED_UNTIL = timedelta(minutes=5)
"""How long before its expiry a token is renewed."""


@dataclass(frozen=True)
class Token:
    """An access token and its expiry. Its text never appears in a repr."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the value."""
        return f"Token(expires_at={self.expires_at.isoformat()})"


def is_good(token: Token | None, clock: Clock) -> bool:
    """Whether a token is valid for another five minutes."""
    return token is not None and token.expires_at - clock() > REUSED_UNTIL
