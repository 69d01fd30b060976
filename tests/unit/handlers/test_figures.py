"""What the functions tell CloudWatch."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from handlers.figures import named, scheduled_run
from ingestion.attempts.fetching import Fetched
from ingestion.errors import AccessDenied, AttemptNotFound, ConfigurationMissing, RequestRefused
from ingestion.ledger.attempts import Outcome

from tests.unit.fakes.telling import FakeMetrics
from tests.unit.handlers.environment import cold

ROOT = Path(__file__).parents[3]


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [{metric["Name"]: line[metric["Name"]] for metric in _metrics(line)} for line in lines]


def _metrics(line: dict[str, Any]) -> list[dict[str, str]]:
    [directive] = line["_aws"]["CloudWatchMetrics"]
    found: list[dict[str, str]] = directive["Metrics"]
    return found


def test_a_run_that_ends_is_recorded_with_its_figures() -> None:
    metrics = FakeMetrics()
    with scheduled_run(metrics) as figures:
        figures.update(named("Windows", {"oldest_due_seconds": 5}))
    assert metrics.figures == {"ScheduledRuns": 1, "WindowsOldestDueSeconds": 5}


@pytest.mark.parametrize(
    ("error", "recorded"), [(ConfigurationMissing("x"), {"ScheduledRuns": 1}), (KeyError("x"), {})]
)
def test_a_run_that_names_what_failed_has_ended_and_one_that_breaks_off_has_not(
    error: Exception, recorded: dict[str, float]
) -> None:
    metrics = FakeMetrics()
    with pytest.raises(type(error)), scheduled_run(metrics):
        raise error
    assert metrics.figures == recorded


@pytest.mark.parametrize("function", ["dispatch_reports", "discover_reports", "sweep", "subscribe"])
def test_each_scheduled_function_records_its_runs(aws: Any, capsys: pytest.CaptureFixture[str], function: str) -> None:
    cold(function)({}, None)
    [figures] = told(capsys)
    assert figures["ScheduledRuns"] == 1


@pytest.mark.parametrize("function", ["dispatch_reports", "discover_reports"])
def test_a_run_in_which_something_failed_records_its_figures(
    aws: Any, capsys: pytest.CaptureFixture[str], function: str
) -> None:
    """What failed is told by an error once a day; the figure tells it in every run."""
    boto3.client("ssm").put_parameter(Name="/lake/reports/bad", Type="SecureString", Value="no JSON")
    boto3.client("ssm").put_parameter(Name="/lake/accounts/bad", Type="SecureString", Value="no JSON")
    handler = cold(function)
    if function == "dispatch_reports":
        with pytest.raises(Exception, match="the parameter /lake/accounts/bad is not a JSON object"):
            handler({}, None)
        [first] = told(capsys)
        assert (first["WindowsFailed"], first["WindowsDue"]) == (2, 0)
        handler({}, None)
        assert told(capsys) == [first]
    else:
        handler({}, None)  # the dispatcher tells it
        assert told(capsys) == [{"ScheduledRuns": 1, "ReportsAdopted": 0, "ListsFailed": 0}]


def test_what_is_no_scheduled_run_is_not_recorded_as_one(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    event = {"detail": {"executionArn": "arn", "name": "daily-0000000000000000-r1-a1", "status": "FAILED"}}
    cold("sweep")(event, None)
    assert told(capsys) == []


def test_figures_pass_the_filter_of_every_level(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda drops lines below the function's level."""
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    cold("sweep")({}, None)
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["level"] == "ERROR"


def test_a_round_of_the_sweep_tells_what_waits_for_curation(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cold("sweep")({}, None)
    [figures] = told(capsys)
    assert set(figures) == {
        "ScheduledRuns",
        "AttemptsFailed",
        "AttemptsNotChecked",
        "DocumentsWaiting",
        "OldestDocumentSeconds",
    }


def test_alarms_on_figures_ask_for_what_the_functions_record(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm on a metric that nobody records would never have data."""
    for function in ("dispatch_reports", "sweep"):
        cold(function)({}, None)
    recorded = {name for figures in told(capsys) for name in figures}
    alarms = (ROOT / "terraform" / "modules" / "observability" / "main.tf").read_text(encoding="utf-8")
    asked = set(re.findall(r'namespace\s+= local\.figures\s+metric(?:_name)?\s+= "(\w+)"', alarms))
    assert asked == {"ScheduledRuns", "WindowsOldestDueSeconds", "OldestDocumentSeconds"}
    assert asked <= recorded


EVENT = {"request": "daily-0000000000000000", "revision": 1, "attempt": 1}


@pytest.mark.parametrize(
    ("error", "figures"),
    [
        (RequestRefused("x"), [{"AttemptsRefused": 1}]),
        (AccessDenied("x"), [{"AttemptsRefused": 1}]),
        (AttemptNotFound("x"), []),
    ],
)
def test_a_request_that_amazon_refuses_is_counted(
    aws: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    figures: list[dict[str, float]],
) -> None:
    class Refusing:
        def request(self, *_: object) -> str:
            raise error

    handler = cold("request_report")
    monkeypatch.setattr(sys.modules["handlers.request_report"], "_requesting", Refusing())
    with pytest.raises(type(error)):
        handler(EVENT, None)
    assert told(capsys) == figures


def test_the_outcome_of_an_attempt_is_counted(
    aws: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Fetching:
        def fetch(self, _: object) -> Fetched:
            return Fetched(Outcome.NO_DATA, None)

    handler = cold("fetch_document")
    monkeypatch.setattr(sys.modules["handlers.fetch_document"], "_fetching", Fetching())
    assert handler(EVENT, None) == {"outcome": "no_data", "reason": None}
    assert told(capsys) == [{"AttemptsNoData": 1}]
