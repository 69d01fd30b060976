"""What a document's outcome makes of its window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from ingestion.curation.document_outcomes import after_curation
from ingestion.ledger.documents import DocumentState
from ingestion.ledger.windows import LedgerWindow, NewestDocument, WindowState

from tests.unit.fakes.lake import FakeLake

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def stored(
    state: WindowState = WindowState.STORED, newest: DocumentState | None = DocumentState.STORED
) -> LedgerWindow:
    """A window whose newest document is report 2."""
    lake = FakeLake()
    lake.one()
    document = NewestDocument(report_id="2", report_time=NOW, content_sha256="x", stored_as="2")
    return replace(
        lake.window("2026-11-20"),
        state=state,
        reason="before",
        newest=replace(document, state=newest) if newest else None,
    )


@pytest.mark.parametrize(
    ("window", "report_id", "outcome", "state", "reason"),
    [
        (stored(), "2", DocumentState.CURATED, WindowState.CURATED, None),
        (stored(newest=DocumentState.REFUSED), "1", DocumentState.CURATED, WindowState.CURATED, "before"),
        (stored(newest=None), "1", DocumentState.CURATED, WindowState.CURATED, None),
        (stored(), "2", DocumentState.SUPERSEDED, WindowState.SUPERSEDED, None),
        (stored(), "1", DocumentState.SUPERSEDED, WindowState.STORED, "before"),
        (stored(WindowState.CURATED), "2", DocumentState.SUPERSEDED, WindowState.CURATED, "before"),
        (stored(), "2", DocumentState.REFUSED, WindowState.REFUSED, "why"),
        (stored(), "2", DocumentState.QUARANTINED, WindowState.QUARANTINED, "why"),
        (stored(WindowState.CURATED), "2", DocumentState.REFUSED, WindowState.CURATED, "why"),
        (stored(), "1", DocumentState.REFUSED, WindowState.STORED, "before"),
        (stored(newest=None), "1", DocumentState.REFUSED, WindowState.REFUSED, "why"),
    ],
)
def test_the_window_after_a_document(
    window: LedgerWindow, report_id: str, outcome: DocumentState, state: WindowState, reason: str | None
) -> None:
    moved = after_curation(window, report_id, outcome, "why", NOW)
    assert (moved.state, moved.reason, moved.updated_at) == (state, reason, NOW)
    if moved.newest is not None and window.newest is not None:
        assert moved.newest.state is (outcome if report_id == "2" else window.newest.state)
