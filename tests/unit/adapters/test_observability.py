"""Figures in the log, as the specification of CloudWatch's embedded metric format wants them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from adapters.observability import EmbeddedMetrics

from tests.unit.fakes.clock import FakeClock


def test_figures_are_one_line_that_cloudwatch_reads() -> None:
    clock, stream = FakeClock(datetime(2026, 11, 23, 12, tzinfo=UTC)), io.StringIO()
    EmbeddedMetrics("lake-sweep", "WARN", clock, stream).record({"Failed": 0, "OldestSeconds": 61.5})

    assert stream.getvalue().count("\n") == 1
    line = json.loads(stream.getvalue())
    directive = {
        "Namespace": "SellingPartnerLake",
        "Dimensions": [["FunctionName"]],
        "Metrics": [{"Name": "Failed", "Unit": "Count"}, {"Name": "OldestSeconds", "Unit": "Seconds"}],
    }
    assert line == {
        "timestamp": "2026-11-23T12:00:00.000Z",
        "level": "WARN",
        "message": "figures",
        "FunctionName": "lake-sweep",
        "Failed": 0,
        "OldestSeconds": 61.5,
        "_aws": {"Timestamp": 1795435200000, "CloudWatchMetrics": [directive]},
    }
