"""Recording an attempt's outcome: the attempt and its window change in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ingestion.attempts import creation_right
from ingestion.attempts.outcomes import belongs, closed
from ingestion.errors import AttemptNotFound, WindowNotFound
from ingestion.identity import AttemptKey
from ingestion.instants import Clock
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.item import Item
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried
from ingestion.ledger.windows import LedgerWindow


def the_attempt(ledger: Ledger, key: AttemptKey) -> Attempt:
    """An attempt that exists; AttemptNotFound otherwise."""
    found = ledger.attempt(key)
    if found is None:
        raise AttemptNotFound(f"the ledger has no {key}")
    return found


@dataclass(frozen=True)
class Recording:
    """Closes attempts."""

    ledger: Ledger
    clock: Clock

    def conclude(
        self,
        attempt: Attempt,
        outcome: Outcome,
        reason: str | None,
        decide: Callable[[LedgerWindow], LedgerWindow],
        *,
        also: Callable[[], tuple[Item, ...]] = tuple,
    ) -> LedgerWindow:
        """Close an attempt and move its window as `decide` says; the window as it is afterwards.

        `also` are items that are written along with the window. A closed attempt changes nothing; one that the window
        no longer waits for only closes.
        """

        def work() -> LedgerWindow:
            now = self.clock()
            current = the_attempt(self.ledger, attempt.key)
            window = self.ledger.window(attempt.window_key)
            if window is None:
                raise WindowNotFound(f"the ledger has no window {attempt.window.key} of {attempt.line}")
            if current.closed:
                return window
            items: list[Item] = [closed(current, outcome, reason, now)]
            if belongs(window, current):
                window = decide(window)
                items += [window, *also()]
            self.ledger.save(*items, *creation_right.released(self.ledger, current))
            return window

        return retried(work)
