"""Failures of the parts of a round: none of them stops the others, and each is told to a person."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from ingestion.errors import IngestionError, LedgerConflict
from ingestion.instants import Clock
from ingestion.ledger.port import Ledger
from ingestion.telling import is_news

_NAMED = 20
log = logging.getLogger(__name__)


class RoundFailed(IngestionError):
    """Parts of a round failed; the others went on, and the next round tries again. The message names what failed.

    `figures` are those of the whole round.
    """

    def __init__(self, message: str, figures: Mapping[str, int]) -> None:
        self.figures = figures
        super().__init__(message)


@dataclass
class Failures:
    """What failed in one round. `name` is the round's, such as the function that runs it."""

    name: str
    ledger: Ledger
    clock: Clock
    count: int = 0
    _reasons: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def apart(self, subject: str) -> Iterator[None]:
        """Do a part of the round; whatever it raises is kept here. A LedgerConflict is none: another writer did it."""
        try:
            yield
        except LedgerConflict as conflict:
            log.info("another writer was faster", extra={"subject": subject, "reason": str(conflict)})
        except Exception as error:  # noqa: BLE001 (nothing is lost: raise_news raises it when the other parts are done)
            self.add(subject, error)

    def add(self, subject: str, error: Exception) -> None:
        """Keep a failure. Failures of one kind and subject are told as one."""
        self.count += 1
        reason = f"{subject}: {type(error).__name__}: {error}"
        log.error("a part of a round failed", extra={"subject": subject, "reason": reason[:1000]}, exc_info=error)
        self._reasons.setdefault(f"{self.name} failed: {subject}: {type(error).__name__}", reason[:1000])

    def raise_news(self, figures: Mapping[str, int] = MappingProxyType({})) -> None:
        """Raise RoundFailed if anything failed that was not told within a day.

        An error in each round would tell no more than one: all are in the log and in the round's figures.
        """
        for error in self.ledger.unreadable():
            self.add("an item of the ledger", error)
        news = [reason for key, reason in self._reasons.items() if self._is_news(key)]
        if news:
            more = f"; and {len(news) - _NAMED} more" if len(news) > _NAMED else ""
            raise RoundFailed("; ".join(news[:_NAMED]) + more, figures)

    def _is_news(self, key: str) -> bool:
        try:
            return is_news(self.ledger, self.clock, key)
        except Exception:  # what cannot be noted as told is told
            log.exception("a failure cannot be noted as told", extra={"subject": key})
            return True
