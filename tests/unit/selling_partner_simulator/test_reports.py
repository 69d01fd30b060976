"""The Reports API: requests, life cycle, lists, rules."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local_cloud.world.documents import PRODUCERS

GERMANY, BRITAIN, AMERICA = "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "ATVPDKIKX0DER"
REPORTS = "/reports/2021-06-30/reports"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
SALES = "GET_VENDOR_SALES_REPORT"
WEEK = {"reportPeriod": "WEEK", "distributorView": "MANUFACTURING", "sellingProgram": "RETAIL"}
DAY = {**WEEK, "reportPeriod": "DAY"}


def test_the_life_cycle_of_a_report(client: Any) -> None:
    report_id = client.create("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10").json()["reportId"]
    queued = client.report("northwind", report_id)
    assert queued == {
        "reportType": TRAFFIC,
        "processingStatus": "IN_QUEUE",
        "marketplaceIds": [GERMANY],
        "reportId": report_id,
        "dataStartTime": "2026-03-10T00:00:00+00:00",
        "dataEndTime": "2026-03-10T00:00:00+00:00",
        "createdTime": queued["createdTime"],
    }
    client.advance(seconds=30)
    running = client.wait_for("northwind", report_id, "IN_PROGRESS")
    assert running.keys() - queued.keys() == {"processingStartTime"}
    client.advance(seconds=120)
    done = client.wait_for("northwind", report_id, "DONE")
    assert done.keys() - running.keys() == {"processingEndTime", "reportDocumentId"}
    assert json.loads(client.content("northwind", done))["reportSpecification"]["dataStartTime"] == "2026-03-10"


def test_time_scale_shortens_the_work(start: Any) -> None:
    client = start(time_scale=2000.0)
    began = time.monotonic()
    report_id = client.create("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10").json()["reportId"]
    client.wait_for("northwind", report_id, "DONE")
    assert time.monotonic() - began < 3


def test_the_same_question_gives_the_same_bytes_even_after_a_restart(start: Any) -> None:
    first, second, other = start(), start(), start(seed=8)
    contents = [
        client.content("northwind", client.ask("northwind", ORDERS, GERMANY, "2026-03-10", "2026-03-12"))
        for client in (first, first, second, other)
    ]
    assert contents[0] == contents[1] == contents[2]
    assert contents[0] != contents[3]


def test_a_restated_day_has_changed(client: Any) -> None:
    before = client.content(
        "northwind", client.ask("northwind", TRAFFIC, GERMANY, "2026-03-15", "2026-03-15", asinGranularity="SKU")
    )
    client.advance(days=4)
    client._tokens.clear()
    after = client.content(
        "northwind", client.ask("northwind", TRAFFIC, GERMANY, "2026-03-15", "2026-03-15", asinGranularity="SKU")
    )
    assert before != after


def test_bad_requests_are_refused_at_once(client: Any) -> None:
    good = {
        "reportType": TRAFFIC,
        "marketplaceIds": [GERMANY],
        "dataStartTime": "2026-03-10T00:00:00Z",
        "dataEndTime": "2026-03-10T00:00:00Z",
    }
    cases = [
        {**good, "reportType": "GET_NO_SUCH_REPORT"},
        {**good, "marketplaceIds": []},
        {**good, "marketplaceIds": [GERMANY] * 26},
        {**good, "marketplaceIds": [AMERICA]},
        {**good, "marketplaceIds": GERMANY},
        {**good, "dataStartTime": "2026-03-10"},
        {**good, "dataStartTime": "yesterday"},
        {**good, "dataStartTime": "2027-01-01T00:00:00Z"},
        {**good, "dataEndTime": "2027-01-01T00:00:00Z"},
        {**good, "dataEndTime": "2026-03-09T00:00:00Z"},
        {**good, "reportOptions": {"dateGranularity": 1}},
        {"marketplaceIds": [GERMANY]},
        {**good, "reportType": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"},
        [],
    ]
    for body in cases:
        answer = client.call("northwind", "POST", REPORTS, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "InvalidInput"), (body, answer.text)
        assert answer.headers["x-amzn-RateLimit-Limit"]


def test_settlements_cannot_be_requested(client: Any) -> None:
    answer = client.create("northwind", "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", GERMANY)
    assert answer.json()["errors"][0]["message"].endswith("is not allowed at this time")


def test_a_type_for_the_other_kind_of_partner_is_forbidden(client: Any) -> None:
    assert client.create("northwind", SALES, GERMANY, "2026-03-08", "2026-03-14", **WEEK).status_code == 403
    assert client.create("contoso", ORDERS, AMERICA, "2026-03-08", "2026-03-14").status_code == 403


@pytest.mark.parametrize(
    ("account", "report_type", "start_day", "end_day", "options", "words"),
    [
        (
            "contoso",
            SALES,
            "2026-03-08",
            "2026-03-14",
            {},
            "requires the distributorView, reportPeriod, sellingProgram reportOption",
        ),
        ("contoso", SALES, "2026-03-08", "2026-03-14", {**WEEK, "sellingProgram": "PANTRY"}, "Invalid value PANTRY"),
        ("contoso", SALES, "2026-03-09", "2026-03-15", WEEK, "aligned"),
        ("contoso", SALES, "2026-03-01", "2026-03-15", {**WEEK, "reportPeriod": "MONTH"}, "aligned"),
        ("contoso", SALES, "2026-02-20", "2026-03-09", DAY, "maximum of 15"),
        ("contoso", SALES, "2021-03-09", "2021-03-09", DAY, "too far in the past"),
        ("contoso", SALES, "2026-03-16", "2026-03-16", DAY, "not yet available"),
        ("contoso", SALES, None, None, WEEK, "dataStartTime and dataEndTime"),
        ("northwind", TRAFFIC, "2026-03-17", "2026-03-17", {}, "not yet available"),
        ("northwind", TRAFFIC, "2026-03-10", "2026-03-10", {"asinGranularity": "FNSKU"}, "Invalid value FNSKU"),
    ],
)
def test_what_is_accepted_and_ends_fatal(
    client: Any, account: str, report_type: str, start_day: str, end_day: str, options: dict[str, str], words: str
) -> None:
    report = client.ask(
        account, report_type, AMERICA if account == "contoso" else GERMANY, start_day, end_day, **options
    )
    assert report["processingStatus"] == "FATAL"
    assert words in client.explanation(account, report)


def test_two_marketplaces_are_one_too_many_for_sales_and_traffic(client: Any) -> None:
    body = {
        "reportType": TRAFFIC,
        "marketplaceIds": [GERMANY, BRITAIN],
        "dataStartTime": "2026-03-10T00:00:00Z",
        "dataEndTime": "2026-03-10T00:00:00Z",
    }
    report = client.finish("northwind", client.call("northwind", "POST", REPORTS, json=body).json()["reportId"])
    assert report["processingStatus"] == "FATAL"


def test_no_data_is_cancelled_without_a_document(client: Any) -> None:
    for account, report_type, day, options in (
        ("northwind", TRAFFIC, "2024-01-10", {}),  # more than two years ago
        ("northwind", ORDERS, "2019-06-01", {}),  # before the business opened
        ("northwind", "GET_SELLER_FEEDBACK_DATA", "2026-03-10", {}),  # nothing of the kind in the world
    ):
        report = client.ask(account, report_type, GERMANY, day, day, **options)
        assert report["processingStatus"] == "CANCELLED"
        assert "reportDocumentId" not in report


def test_too_many_days_of_orders_are_done_with_a_sentence(client: Any) -> None:
    report = client.ask("northwind", ORDERS, GERMANY, "2026-01-01", "2026-03-01")
    assert report["processingStatus"] == "DONE"
    assert client.content("northwind", report) == b"Date range exceeded. Report can be requested only upto 30 days"


def test_an_error_of_the_simulator_itself_ends_the_report(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setitem(PRODUCERS, TRAFFIC, fail)
    report = client.ask("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10")
    assert report["processingStatus"] == "FATAL"
    assert "reportDocumentId" not in report


def test_a_report_asked_for_again_too_soon(start: Any) -> None:
    client = start(quota_scale=1.0)
    for report_type, ending, wait in (
        ("GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "CANCELLED", 31),
        ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", "FATAL", 241),
    ):
        question = ("northwind", report_type, GERMANY, "2026-03-10", "2026-03-12")
        client._tokens.clear()
        assert client.ask(*question)["processingStatus"] == "DONE"
        assert client.ask(*question)["processingStatus"] == ending
        client.advance(minutes=wait)
        client._tokens.clear()
        assert client.ask(*question)["processingStatus"] == "DONE"


def test_the_fee_preview_comes_once_a_day(start: Any) -> None:
    client = start(quota_scale=1.0)
    first = client.ask("northwind", "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", GERMANY, "2026-03-14", "2026-03-18")
    second = client.ask("northwind", "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", BRITAIN, "2026-03-13", "2026-03-18")
    third = client.ask("northwind", "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", GERMANY, "2026-03-17", "2026-03-18")
    assert [report["processingStatus"] for report in (first, second, third)] == ["DONE", "FATAL", "FATAL"]
    assert "72 hours" in client.explanation("northwind", third)


@pytest.mark.parametrize(
    ("report_type", "start_time", "end_time", "words"),
    [
        ("GET_VENDOR_REAL_TIME_INVENTORY_REPORT", "2026-03-17T00:30:00Z", "2026-03-17T06:00:00Z", "whole hours"),
        ("GET_VENDOR_REAL_TIME_INVENTORY_REPORT", "2026-03-08T00:00:00Z", "2026-03-08T06:00:00Z", "168 hours"),
        ("GET_VENDOR_REAL_TIME_INVENTORY_REPORT", "2026-03-15T00:00:00Z", "2026-03-16T06:00:00Z", "24 hours"),
        ("GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT", "2026-03-01T00:00:00Z", "2026-03-14T00:00:00Z", "exactly one"),
        (
            "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT",
            "2026-03-12T00:00:00Z",
            "2026-03-12T00:00:00Z",
            "not yet available",
        ),
    ],
)
def test_limits_of_vendor_reports(client: Any, report_type: str, start_time: str, end_time: str, words: str) -> None:
    options = {} if "REAL_TIME" in report_type else {"reportPeriod": "DAY" if "MARGIN" in report_type else "WEEK"}
    report = client.ask("contoso", report_type, AMERICA, start_time, end_time, **options)
    assert report["processingStatus"] == "FATAL"
    assert words in client.explanation("contoso", report)


@pytest.mark.parametrize(
    ("report_type", "start_day", "end_day", "words"),
    [
        ("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", "2026-01-01", "2026-03-01", "one month"),
        ("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", "2024-06-01", "2024-06-20", "18 months"),
        ("GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "2026-01-01", "2026-03-17", "60 days"),
        ("GET_LEDGER_DETAIL_VIEW_DATA", None, None, "dataStartTime and dataEndTime"),
        (ORDERS, None, None, "dataStartTime and dataEndTime"),
    ],
)
def test_limits_of_seller_reports(client: Any, report_type: str, start_day: str, end_day: str, words: str) -> None:
    report = client.ask("northwind", report_type, GERMANY, start_day, end_day)
    assert report["processingStatus"] == "FATAL"
    assert words in client.explanation("northwind", report)


@pytest.mark.parametrize(
    ("option", "value"),
    [("eventType", "Losses"), ("aggregatedByTimePeriod", "YEARLY"), ("aggregateByLocation", "PLANET")],
)
def test_unknown_values_of_the_ledgers_options(client: Any, option: str, value: str) -> None:
    report_type = "GET_LEDGER_DETAIL_VIEW_DATA" if option == "eventType" else "GET_LEDGER_SUMMARY_VIEW_DATA"
    report = client.ask("northwind", report_type, GERMANY, "2026-03-10", "2026-03-10", **{option: value})
    assert report["processingStatus"] == "FATAL"
    assert value in client.explanation("northwind", report)


def test_a_range_without_an_end_ends_now(client: Any) -> None:
    report = client.ask("northwind", ORDERS, GERMANY, "2026-03-17")
    assert report["processingStatus"] == "DONE"
    assert "dataEndTime" not in report
    updates = [
        line.split("\t")[3] for line in client.content("northwind", report).decode("cp1252").splitlines()[1:] if line
    ]
    assert "2026-03-18T11" < max(updates) < "2026-03-18T12:01"


def test_every_type_that_the_world_knows_can_be_asked_for(start: Any) -> None:
    client = start()
    for report_type in PRODUCERS:
        account = "contoso" if "VENDOR" in report_type else "northwind"
        start_day, end_day, options = "2026-03-01", "2026-03-07", WEEK
        if "STORAGE" in report_type:
            start_day, end_day = "2026-02-01", "2026-02-28"
        if "ESTIMATED" in report_type:
            start_day, end_day = "2026-03-14", "2026-03-18"
        if "REAL_TIME" in report_type:
            start_day, end_day = "2026-03-17T00:00:00Z", "2026-03-17T06:00:00Z"
        if "SALES_AND_TRAFFIC" in report_type or "LEDGER" in report_type or "GET_F" in report_type:
            options = {}
        client._tokens.clear()
        report = client.ask(
            account, report_type, AMERICA if account == "contoso" else GERMANY, start_day, end_day, **options
        )
        assert report["processingStatus"] == "DONE", report_type
        assert client.content(account, report)


def test_only_a_queued_report_can_be_cancelled(client: Any) -> None:
    first = client.create("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10").json()["reportId"]
    assert client.call("northwind", "DELETE", f"{REPORTS}/{first}").status_code == 200
    assert client.report("northwind", first)["processingStatus"] == "CANCELLED"
    client.advance(minutes=5)
    second = client.create("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10").json()["reportId"]
    client.finish("northwind", second)
    assert client.call("northwind", "DELETE", f"{REPORTS}/{second}").status_code == 400
    assert client.report("northwind", first)["processingStatus"] == "CANCELLED"


def test_reports_are_an_accounts_own(client: Any) -> None:
    report_id = client.create("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10").json()["reportId"]
    assert client.call("contoso", "GET", f"{REPORTS}/{report_id}").status_code == 404


def test_reports_are_listed_page_by_page(client: Any) -> None:
    made = []
    for _ in range(7):
        made.append(
            client.create("contoso", "GET_VENDOR_FORECASTING_REPORT", AMERICA, sellingProgram="RETAIL").json()[
                "reportId"
            ]
        )
        client.advance(seconds=1)
    client.create("contoso", SALES, AMERICA, "2026-03-08", "2026-03-14", **WEEK)
    seen, query, pages = [], {"reportTypes": "GET_VENDOR_FORECASTING_REPORT", "pageSize": "3"}, 0
    while True:
        page = client.call("contoso", "GET", REPORTS, params=query).json()
        seen += [report["reportId"] for report in page["reports"]]
        pages += 1
        if "nextToken" not in page:
            break
        query = {"nextToken": page["nextToken"]}
    assert (seen, pages) == (made[::-1], 3)
    assert client.call("contoso", "GET", REPORTS, params={**query, "pageSize": "3"}).status_code == 400


def test_lists_are_filtered_and_checked(client: Any) -> None:
    old = client.ask("contoso", SALES, AMERICA, "2026-03-08", "2026-03-14", **WEEK)
    new = client.create("contoso", SALES, AMERICA, "2026-03-08", "2026-03-14", **WEEK).json()["reportId"]

    def listed(**query: str) -> list[str]:
        return [
            report["reportId"]
            for report in client.call("contoso", "GET", REPORTS, params={"reportTypes": SALES, **query}).json()[
                "reports"
            ]
        ]

    assert listed() == [new, old["reportId"]]
    assert listed(processingStatuses="DONE") == [old["reportId"]]
    assert listed(processingStatuses="DONE,FATAL") == [old["reportId"]]
    assert listed(createdSince="2026-03-18T12:01:00Z") == [new]
    assert listed(createdUntil="2026-03-18T12:01:00Z") == [old["reportId"]]
    assert listed(marketplaceIds=GERMANY) == []
    for query in (
        {},
        {"reportTypes": SALES, "pageSize": "101"},
        {"reportTypes": SALES, "processingStatuses": "BAD"},
        {"reportTypes": SALES, "x": "1"},
    ):
        assert client.call("contoso", "GET", REPORTS, params=query).status_code == 400
    assert client.call("contoso", "GET", REPORTS, params={"nextToken": "%%%"}).status_code == 400
    client.advance(days=91)
    client._tokens.clear()
    assert listed() == []
