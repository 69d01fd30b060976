"""What all items of the ledger have in common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Item:
    """Anything in the ledger. `lock` counts its writes (0: not stored yet) and is the condition of the next."""

    lock: int = 0
