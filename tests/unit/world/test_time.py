"""What is known when: the same question at the same moment is the same document; later it changes, then it stays."""

from __future__ import annotations

from typing import Any

ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
SALES = "GET_VENDOR_SALES_REPORT"
DAY = {"reportPeriod": "DAY", "distributorView": "MANUFACTURING", "sellingProgram": "RETAIL"}


def asins(report: dict[str, Any], section: str, name: str) -> set[str]:
    return {entry[name] for entry in report[section]}


def test_the_same_question_gives_the_same_bytes(ask: Any) -> None:
    for report_type, options in ((ORDERS, {}), (TRAFFIC, {"asinGranularity": "SKU"})):
        question = (report_type, "2026-03-10", "2026-03-12", "2026-03-18T12:00")
        assert ask(*question, **options) == ask(*question, **options)


def test_within_a_stage_sales_and_traffic_stay_the_same(ask: Any) -> None:
    assert (
        ask(TRAFFIC, "2026-03-10", "2026-03-10", "2026-03-12T00:00").content
        == ask(TRAFFIC, "2026-03-10", "2026-03-10", "2026-03-12T09:00").content
    )


def test_sales_and_traffic_are_corrected_and_then_stay(content: Any) -> None:
    days = [f"2026-03-{day:02d}" for day in range(1, 11)]
    appeared, vanished, changed = set(), set(), set()
    for day in days:
        early = content(TRAFFIC, day, day, f"{day[:8]}{int(day[8:]) + 2:02d}T12:00", asinGranularity="SKU")
        late = content(TRAFFIC, day, day, "2026-03-25T00:00", asinGranularity="SKU")
        final = content(TRAFFIC, day, day, "2026-06-25T00:00", asinGranularity="SKU")
        before, after = (asins(report, "salesAndTrafficByAsin", "sku") for report in (early, late))
        appeared |= after - before
        vanished |= before - after
        changed |= {day} if early != late else set()
        assert late["salesAndTrafficByAsin"] == final["salesAndTrafficByAsin"]
    assert appeared
    assert vanished
    assert changed == set(days)


def test_vendor_sales_are_corrected_and_then_stay(content: Any) -> None:
    days = [f"2026-03-{day:02d}" for day in range(1, 21)]
    appeared, vanished = set(), set()
    for day in days:
        early = content(SALES, day, day, f"{day[:8]}{int(day[8:]) + 3:02d}T12:00", **DAY)
        middle = content(SALES, day, day, "2026-04-03T12:00", **DAY)
        late = content(SALES, day, day, "2026-04-25T12:00", **DAY)
        before, after = (asins(report, "salesByAsin", "asin") for report in (early, late))
        appeared |= after - before
        vanished |= before - after
        assert early != late
        assert early["reportSpecification"]["lastUpdatedDate"] < late["reportSpecification"]["lastUpdatedDate"]
        assert middle["reportSpecification"]["lastUpdatedDate"] <= late["reportSpecification"]["lastUpdatedDate"]
        assert late == content(SALES, day, day, "2026-08-25T12:00", **DAY)
    assert appeared
    assert vanished


def test_an_order_moves_to_the_window_of_its_latest_update(rows: Any) -> None:
    asked_early = {row["amazon-order-id"]: row for row in rows(ORDERS, "2026-03-10", "2026-03-11", "2026-03-11T01:00")}
    asked_late = {row["amazon-order-id"]: row for row in rows(ORDERS, "2026-03-10", "2026-03-11", "2026-04-11T01:00")}
    moved = asked_early.keys() - asked_late.keys()
    assert moved
    assert not asked_late.keys() - asked_early.keys()
    everything = {row["amazon-order-id"]: row for row in rows(ORDERS, "2026-03-10", "2026-04-11", "2026-04-11T01:00")}
    for order in moved:
        assert everything[order]["last-updated-date"] > asked_early[order]["last-updated-date"]
        assert everything[order]["purchase-date"] == asked_early[order]["purchase-date"]


def test_an_order_is_in_exactly_one_window(rows: Any) -> None:
    seen: list[str] = []
    for day in range(10, 16):
        seen += {
            row["amazon-order-id"] for row in rows(ORDERS, f"2026-03-{day}", f"2026-03-{day + 1}", "2026-04-01T00:00")
        }
    seen = [order for order in seen if order]
    assert len(seen) == len(set(seen))


def test_statuses_follow_each_other(rows: Any) -> None:
    known = {
        row["order-status"]
        for row in rows(ORDERS, "2026-03-10", "2026-03-11", "2026-03-11T00:00")
        if row["amazon-order-id"]
    }
    assert {"Pending", "Unshipped", "Shipped"} <= known


def test_a_forecast_has_a_vintage_a_week(content: Any) -> None:
    first, same, second = (
        content("GET_VENDOR_FORECASTING_REPORT", None, None, day, sellingProgram="RETAIL")
        for day in ("2026-03-10", "2026-03-12", "2026-03-17")
    )
    assert first == same
    assert first["forecastByAsin"][0]["forecastGenerationDate"] == "2026-03-08"
    assert second["forecastByAsin"][0]["forecastGenerationDate"] == "2026-03-15"
    assert len({entry["startDate"] for entry in first["forecastByAsin"]}) == 48


def test_a_lost_unit_is_reconciled_later(rows: Any) -> None:
    def unreconciled(asked_at: str) -> int:
        ledger = rows(
            "GET_LEDGER_DETAIL_VIEW_DATA", "2026-03-01", "2026-03-20", asked_at, quoted=True, eventType="Adjustments"
        )
        return sum(int(row["Unreconciled Quantity"]) for row in ledger)

    assert unreconciled("2026-03-20T00:00") > 0
    assert unreconciled("2026-05-01T00:00") == 0
