"""The retry policy of documents whose curation run failed."""

from __future__ import annotations

from datetime import timedelta

from ingestion.curation.retries import RUN_FAILED, batch_size, wait_after


def test_the_row() -> None:
    waits = [wait_after(failed_runs) / timedelta(minutes=1) for failed_runs in range(1, 9)]
    assert waits == [0, 5, 20, 80, 320, 360, 360, 360]
    assert wait_after(1000) == timedelta(hours=6)
    assert next(failures for failures in range(10) if RUN_FAILED.exhausted(failures)) == 3


def test_batches_shrink_until_a_document_is_alone() -> None:
    assert [batch_size(failed_runs) for failed_runs in range(6)] == [200, 25, 3, 1, 1, 1]
