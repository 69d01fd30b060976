"""A Glue job killed and its execution aborted in the middle: the sweep finds it, and the tables end the same."""

from tests.end_to_end.conftest import Interruption
from tests.end_to_end.served import INTERRUPTED


def test_it_was_broken_off_in_the_middle(interrupted: Interruption) -> None:
    lake = interrupted.lake
    status = lake.location.client("stepfunctions").describe_execution(executionArn=interrupted.execution)["status"]
    run = lake.location.client("glue").get_job_run(JobName=lake.location.named("curate"), RunId=interrupted.job_run)[
        "JobRun"
    ]
    assert (status, run["JobRunState"] in {"FAILED", "STOPPED"}) == ("ABORTED", True)


def test_the_tables_are_as_if_nothing_had_happened(interrupted: Interruption) -> None:
    assert interrupted.lake.units("interrupted") == INTERRUPTED


def test_every_record_was_published_once(interrupted: Interruption) -> None:
    [row] = interrupted.lake.query(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT child_asin || CAST(report_date AS VARCHAR)) AS d"
        " FROM sales_and_traffic_by_asin WHERE account_id = 'interrupted'"
    )
    assert row == {"n": 3, "d": 3}
