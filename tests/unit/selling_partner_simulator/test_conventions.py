"""What all operations have in common: headers, envelopes, usage plans, and a log without secrets."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

import pytest

from local_cloud.selling_partner.accounts import DEFAULT_FILE

AMERICA = "ATVPDKIKX0DER"
GERMANY = "A1PA6795UKMFR9"
REPORTS = "/reports/2021-06-30/reports"


def test_headers_of_success_and_of_errors(client: Any) -> None:
    created = client.create("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL")
    assert created.status_code == 202
    assert created.headers["x-amzn-RequestId"]
    assert created.headers["x-amzn-RateLimit-Limit"] == "16.7"
    missing = client.call("contoso", "GET", f"{REPORTS}/1")
    assert (missing.status_code, missing.headers["x-amzn-RateLimit-Limit"]) == (404, "2000.0")
    assert missing.headers["x-amzn-ErrorType"]
    assert missing.json()["errors"][0]["message"] == "One or more of the provided ReportRequestIds could not be found."


def test_a_user_agent_is_mandatory_and_short(client: Any) -> None:
    assert client.call("contoso", "GET", f"{REPORTS}/1", headers={"User-Agent": "x" * 500}).status_code == 404
    for agent in ("x" * 501, ""):
        assert client.call("contoso", "GET", f"{REPORTS}/1", headers={"User-Agent": agent}).status_code == 400


def test_an_unknown_path_or_method_is_not_found(client: Any) -> None:
    for method, path in (("GET", "/reports/2020-09-04/reports"), ("PUT", f"{REPORTS}/1"), ("GET", "/nothing")):
        assert client.call("contoso", method, path).status_code == 404
    assert client.session.get(f"{client.url}/xx{REPORTS}").status_code == 404


def test_bodies_that_are_no_json(client: Any) -> None:
    assert client.call("contoso", "POST", REPORTS, data="a=b").status_code == 415
    assert (
        client.call("contoso", "POST", REPORTS, data="{", headers={"Content-Type": "application/json"}).status_code
        == 400
    )
    big = client.call("contoso", "POST", REPORTS, data=b" " * 1_000_001, headers={"Content-Type": "application/json"})
    assert big.status_code == 413


def test_a_bucket_empties_and_refills(start: Any) -> None:
    client = start(quota_scale=1.0)
    answers = [client.call("contoso", "GET", f"{REPORTS}/1") for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:15]] == [404] * 15
    assert refused
    assert refused[0].json() == {
        "errors": [
            {"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource.", "details": ""}
        ]
    }
    assert refused[0].headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert "x-amzn-RateLimit-Limit" not in refused[0].headers
    assert client.call("northwind", "GET", f"{REPORTS}/1").status_code == 404, "another account has a bucket of its own"
    client.advance(seconds=1)
    assert client.call("contoso", "GET", f"{REPORTS}/1").status_code == 404


def test_create_report_allows_fifteen_at_once_then_one_a_minute(start: Any) -> None:
    client = start(quota_scale=1.0)
    statuses = [
        client.create("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL").status_code
        for _ in range(16)
    ]
    assert statuses == [202] * 15 + [429]
    client.advance(seconds=61)
    assert (
        client.create("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL").headers[
            "x-amzn-RateLimit-Limit"
        ]
        == "0.0167"
    )


def test_sales_and_traffic_is_limited_for_the_whole_application(start: Any) -> None:
    client = start(quota_scale=1.0)
    ask = ("northwind", "GET_SALES_AND_TRAFFIC_REPORT", GERMANY, "2026-03-10", "2026-03-10")
    assert client.create(*ask).status_code == 202
    client.advance(minutes=14)
    assert client.create(*ask).status_code == 429
    client.advance(minutes=2)
    assert client.create(*ask).status_code == 202


def test_another_seller_of_the_application_shares_that_limit(start: Any, tmp_path: Any) -> None:
    content = json.loads(DEFAULT_FILE.read_text())
    content["accounts"].append({**content["accounts"][0], "name": "southwind", "refresh_token": "Atzr|south"})
    (tmp_path / "accounts.json").write_text(json.dumps(content))
    client = start(quota_scale=1.0, accounts=tmp_path / "accounts.json")
    statuses = [
        client.create(name, "GET_SALES_AND_TRAFFIC_REPORT", GERMANY, "2026-03-10", "2026-03-10").status_code
        for name in ("northwind", "southwind")
    ]
    assert statuses == [202, 429]


def test_controls_refuse_nonsense(client: Any) -> None:
    for method, path, body in (
        ("POST", "clock", {"advance_seconds": -1}),
        ("POST", "clock", {}),
        ("PUT", "accounts/northwind", {}),
    ):
        assert client.session.request(method, f"{client.url}/_simulator/{path}", json=body).status_code == 400
    assert client.session.get(f"{client.url}/_simulator/nothing").status_code == 404


def test_many_clients_at_once(client: Any) -> None:
    statuses: list[int] = []

    def work() -> None:
        answer = client.create("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL")
        statuses.append(answer.status_code)

    client.token("contoso")
    threads = [threading.Thread(target=work) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 30
    listed = client.call(
        "contoso", "GET", REPORTS, params={"reportTypes": "GET_VENDOR_FORECASTING_REPORT", "pageSize": 100}
    ).json()["reports"]
    assert len({report["reportId"] for report in listed}) == 30


def test_the_access_log_has_no_secret(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    report = client.ask("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL")
    url = client.document_url("contoso", report)
    client.session.get(url)
    deadline = time.monotonic() + 5
    ours = ""
    while '"operation": "download"' not in ours and time.monotonic() < deadline:  # a line is written after its answer
        time.sleep(0.005)
        ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("local_cloud"))
    assert '"operation": "createReport"' in ours
    assert '"operation": "download"' in ours
    for secret in (client.token("contoso"), "Atzr|", "Signature", url.partition("?")[2], "client_secret", "demo-only"):
        assert secret not in ours
