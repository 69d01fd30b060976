"""When waiting documents are worth a run: each run pays for the start of a Glue job, however little it curates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.ledger.documents import LedgerDocument


@dataclass(frozen=True)
class Batching:
    """A run starts for so many documents, or when one has waited so long."""

    minimum_documents: int
    maximum_wait: timedelta

    def is_due(self, waiting: Sequence[LedgerDocument], now: datetime) -> bool:
        """Whether the documents that wait are to be curated now.

        Those that a person asked for are, and those whose run failed: retries have waits of their own
        (retries.RUN_FAILED), and finding the document that fails its runs takes several.
        """
        if len(waiting) >= self.minimum_documents:
            return True
        return any(
            document.urgent
            or document.failed_runs > 0
            or (document.waits_from is not None and now - document.waits_from >= self.maximum_wait)
            for document in waiting
        )
