"""What a later document does to an earlier one, and what a repetition does: nothing."""

import pytest

from operations.lake.invocation import invoke
from tests.end_to_end import world
from tests.end_to_end.conftest import Interruption, LakeUnderTest, wait_until
from tests.end_to_end.served import AFTER, BEFORE

EVERYTHING = (
    "SELECT report_date, child_asin, units_ordered, source_document, observed_at FROM sales_and_traffic_by_asin"
    " WHERE account_id = 'restated' ORDER BY report_date, child_asin"
)


@pytest.fixture(scope="module")
def restated(interrupted: Interruption) -> LakeUnderTest:
    return interrupted.lake


def test_before_the_restatement_the_tables_say_what_amazon_said_first(interrupted: Interruption) -> None:
    assert interrupted.before == BEFORE


def test_a_restated_day_replaces_the_old_one_vanished_rows_and_emptied_days_included(restated: LakeUnderTest) -> None:
    assert restated.units("restated") == {day: rows for day, rows in AFTER.items() if rows}


def test_the_aggregate_of_an_emptied_day_is_gone_too(restated: LakeUnderTest) -> None:
    rows = restated.query(
        "SELECT report_date, units_ordered FROM sales_and_traffic_by_date"
        " WHERE account_id = 'restated' ORDER BY report_date"
    )
    assert [(str(row["report_date"]), row["units_ordered"]) for row in rows] == [
        (day, sum(counts.values())) for day, counts in AFTER.items() if counts
    ]


def test_replaying_every_document_older_ones_after_newer_ones_too_changes_no_table(restated: LakeUnderTest) -> None:
    before = restated.query(EVERYTHING)
    sidecars = _sidecars(restated)
    assert len(sidecars) == len(BEFORE) + sum(AFTER[day] != BEFORE[day] for day in AFTER), (
        "what is the same as before is not stored again"
    )
    runs = len(restated.executions("curation"))
    # Oldest last: the order in which documents arrive does not count.
    invoke(restated.location, "start_curation", {"replay": sorted(sidecars, reverse=True)})
    wait_until(lambda: len(restated.executions("curation")) > runs, lambda: "no curation run started")
    restated.quiet()
    assert restated.executions("curation")[0]["status"] == "SUCCEEDED"
    assert restated.query(EVERYTHING) == before
    [run] = restated.runs(1)
    assert (run.documents, run.superseded) == (len(sidecars), len(sidecars) - len(BEFORE)), (
        "older documents are superseded, not published again"
    )


def _sidecars(lake: LakeUnderTest) -> list[str]:
    listed = lake.location.client("s3").list_objects_v2(
        Bucket=lake.location.bucket("raw"), Prefix=f"raw/reports/{world.SALES_AND_TRAFFIC}/account=restated/"
    )
    return [entry["Key"] for entry in listed["Contents"] if entry["Key"].endswith(".json")]
