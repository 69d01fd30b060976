"""What the functions did is in CloudWatch, as metrics of the functions that did it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.conftest import LakeUnderTest


@pytest.mark.parametrize(
    ("function", "metric"),
    [
        ("dispatch-reports", "ScheduledRuns"),
        ("dispatch-reports", "WindowsDue"),
        ("dispatch-reports", "WindowsStarted"),
        ("fetch-document", "AttemptsStored"),
        ("finish-curation", "CurationRuns"),
        ("finish-curation", "DocumentsCurated"),
        ("finish-curation", "RowsChanged"),
    ],
)
def test_a_figure_of_the_first_day_is_a_metric(first_documents: LakeUnderTest, function: str, metric: str) -> None:
    location, now = first_documents.location, datetime.now(UTC)
    points = location.client("cloudwatch").get_metric_statistics(
        Namespace="SellingPartnerLake",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": f"{location.prefix}-{function}"}],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in points) > 0
