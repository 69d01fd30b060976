"""The state machines on the emulated Step Functions, with scripted functions: retries, catches, timeouts, polling."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

COMPLETE = {"complete": True, "return": {"report_id": "1"}}
STORED = {"return": {"outcome": "stored", "reason": None}}


def expired() -> dict[str, Any]:
    return {"raise": "AccessTokenExpired"}


def exhausted(seconds: float) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"raise": "QuotaExhausted", "message": json.dumps({"wait_until": until})}


def notified(machines: Any) -> str:
    machines.script("request_report", "notified", COMPLETE)
    machines.script("fetch_document", "notified", STORED)
    return machines.report("notified")


def check_notified(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    expected = [
        "Authorize",
        "NotifiedOrPolled",
        "RequestReportAndWait",
        "AuthorizeToFetch",
        "FetchDocument",
        "CollectedOrRefused",
        "Collected",
    ]
    assert machines.states(arn) == expected
    (event,) = machines.calls("request_report", "notified")
    assert event.pop("task_token")
    assert event == {"request": "notified", "revision": 1, "attempt": 1}
    assert machines.calls("authorize", "notified") == [{"account": "notified"}] * 2
    assert "check_report" not in machines.history(arn)


def silent(machines: Any) -> str:
    """No notification before the deadline: the report is looked at."""
    machines.script("request_report", "silent", {})
    machines.script("check_report", "silent", {"return": {"finished": True}})
    machines.script("fetch_document", "silent", STORED)
    return machines.report("silent", deadline_seconds=2)


def check_silent(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    assert machines.states(arn)[3:6] == ["AuthorizeToCheck", "CheckReport", "FinishedOrNot"]


def polled(machines: Any) -> str:
    machines.script(
        "check_report",
        "polled",
        {"return": {"finished": False}},
        {"return": {"finished": False}},
        {"return": {"finished": True}},
    )
    machines.script("fetch_document", "polled", STORED)
    return machines.report("polled", polled=True)


def check_polled(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    assert machines.states(arn).count("WaitForReport") == 3
    assert "task_token" not in machines.calls("request_report", "polled")[0]


def quota(machines: Any) -> str:
    """Each state that calls Amazon waits for its quota, authorises again and goes on."""
    machines.script("request_report", "quota", exhausted(1), {"return": {"report_id": "1"}})
    machines.script("check_report", "quota", exhausted(1), {"return": {"finished": True}})
    machines.script("fetch_document", "quota", exhausted(1), STORED)
    return machines.report("quota", polled=True)


def check_quota(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    states = machines.states(arn)
    assert [state for state in states if state.startswith("WaitForQuota")] == [
        "WaitForQuotaToRequest",
        "WaitForQuotaToCheck",
        "WaitForQuotaToFetch",
    ]
    assert len(machines.calls("authorize", "quota")) == 6


def quota_while_waiting(machines: Any) -> str:
    """An exception of request_report ends the wait for its token at once."""
    machines.script("request_report", "quota_while_waiting", exhausted(1), COMPLETE)
    machines.script("fetch_document", "quota_while_waiting", STORED)
    return machines.report("quota_while_waiting")


def check_quota_while_waiting(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    first, second = machines.calls("request_report", "quota_while_waiting")
    assert first["task_token"] != second["task_token"]


def expired_once(machines: Any) -> str:
    """In each state once: that is no loop."""
    machines.script("request_report", "expired_once", expired(), {"return": {"report_id": "1"}})
    machines.script("check_report", "expired_once", expired(), {"return": {"finished": True}})
    machines.script("fetch_document", "expired_once", expired(), STORED)
    return machines.report("expired_once", polled=True)


def check_expired_once(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    forced = [event for event in machines.calls("authorize", "expired_once") if event.get("force")]
    assert forced == [{"account": "expired_once", "force": True}] * 3


def expired_twice(machines: Any) -> str:
    machines.script("request_report", "expired_twice", expired())
    return machines.report("expired_twice")


def check_expired_twice(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert (end["status"], end["error"]) == ("FAILED", "AccessTokenExpired")
    assert len(machines.calls("request_report", "expired_twice")) == 2
    assert len([event for event in machines.calls("authorize", "expired_twice") if event.get("force")]) == 1


def outage(machines: Any) -> str:
    machines.script("request_report", "outage", {"raise": "SellingPartnerUnavailable"}, COMPLETE)
    machines.script(
        "fetch_document",
        "outage",
        {"raise": "SellingPartnerUnavailable"},
        {"raise": "SellingPartnerUnavailable"},
        STORED,
    )
    return machines.report("outage")


def check_outage(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"
    assert len(machines.calls("fetch_document", "outage")) == 3


def long_outage(machines: Any) -> str:
    machines.script("authorize", "long_outage", {"raise": "TokenEndpointUnavailable"})
    return machines.report("long_outage")


def check_long_outage(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert (end["status"], end["error"]) == ("FAILED", "TokenEndpointUnavailable")
    assert len(machines.calls("authorize", "long_outage")) == 3


def revoked(machines: Any) -> str:
    """What is permanent is not retried."""
    machines.script("authorize", "revoked", {"raise": "AuthorizationRefused", "message": "invalid_grant"})
    return machines.report("revoked")


def check_revoked(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert (end["status"], end["error"]) == ("FAILED", "AuthorizationRefused")
    assert len(machines.calls("authorize", "revoked")) == 1


def refused(machines: Any) -> str:
    machines.script("request_report", "refused", COMPLETE)
    machines.script(
        "fetch_document", "refused", {"return": {"outcome": "refused", "reason": "bad_question: no such option"}}
    )
    return machines.report("refused")


def check_refused(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert (end["status"], end["error"], end["cause"]) == ("FAILED", "ReportRefused", "bad_question: no such option")


def no_data(machines: Any) -> str:
    machines.script("request_report", "no_data", COMPLETE)
    machines.script("fetch_document", "no_data", {"return": {"outcome": "no_data", "reason": "cancelled"}})
    return machines.report("no_data")


def check_no_data(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "SUCCEEDED"


def dead_job(machines: Any) -> str:
    """The job cannot run: the failure is recorded, and the execution fails with the job's error."""
    return machines.start("curation", {"run_id": "run-1", "manifest": "s3://a/m", "results": "s3://a/r"}, "run-1")


def check_dead_job(machines: Any, arn: str, end: dict[str, Any]) -> None:
    assert end["status"] == "FAILED"
    assert machines.states(arn) == ["Curate", "RecordFailure", "Failed"]
    (event,) = machines.calls("finish_curation", "run-1")
    assert event["run_id"] == "run-1"
    assert (event["error"], event["cause"]) == (end["error"], end["cause"])


PATHS = (
    notified,
    silent,
    polled,
    quota,
    quota_while_waiting,
    expired_once,
    expired_twice,
    outage,
    long_outage,
    revoked,
    refused,
    no_data,
    dead_job,
)


@pytest.fixture(scope="module")
def started(machines: Any) -> dict[str, str]:
    """All executions, started together: most of each is waiting."""
    return {path.__name__: path(machines) for path in PATHS}


@pytest.mark.parametrize("path", [path.__name__ for path in PATHS])
def test_path(machines: Any, started: dict[str, str], path: str) -> None:
    globals()[f"check_{path}"](machines, started[path], machines.end(started[path]))
