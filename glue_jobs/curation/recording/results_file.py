"""results.json: what finish_curation reads of a run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from curation.recording.outcomes import Outcome


def results_json(
    run_id: str,
    outcomes: Sequence[Outcome],
    changed: Mapping[str, int],
    quality: Mapping[str, int],
    *,
    times: tuple[datetime, datetime],
) -> dict[str, Any]:
    """Return the content of results.json.

    `changed`: rows put by table; `quality`: rules that held and did not; `times`: when the run started and finished.
    """
    return {
        "run_id": run_id,
        "documents": [
            {
                "account": one.document.account,
                "report_id": one.document.report_id,
                "source": one.document.source,
                "request": one.document.request,
                "outcome": one.outcome,
                "code": one.code,
                "message": one.message,
                "tables": {table: vars(counts) for table, counts in one.tables.items()},
            }
            for one in outcomes
        ],
        "tables": dict(changed),
        "quality": dict(quality),
        "started_at": times[0].isoformat(),
        "finished_at": times[1].isoformat(),
    }
