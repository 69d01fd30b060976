"""Repeating work that read the ledger when another writer came first."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ingestion.errors import LedgerConflict

_T = TypeVar("_T")
_TRIES = 8


def retried(work: Callable[[], _T]) -> _T:
    """Run work that reads, decides and saves; run it again after a LedgerConflict.

    The last conflict is raised: conflicts are rare and short.
    """
    for turn in range(_TRIES - 1):
        try:
            return work()
        except LedgerConflict:
            time.sleep(0.01 * 2**turn)
    return work()
