"""Every JSON document fits Amazon's official schema, and has every field of it that applies."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

VIEW = {"distributorView": "MANUFACTURING", "sellingProgram": "RETAIL"}
WEEK = ("2026-03-01", "2026-03-14")
MONTH = ("2026-02-01", "2026-02-28")
CASES = [
    *(
        (
            "GET_SALES_AND_TRAFFIC_REPORT",
            "sellerSalesAndTrafficReport",
            ("2026-03-03", "2026-03-05"),
            {"dateGranularity": by, "asinGranularity": of},
        )
        for by in ("DAY", "WEEK", "MONTH")
        for of in ("PARENT", "CHILD", "SKU")
    ),
    *(
        (
            "GET_VENDOR_SALES_REPORT",
            "vendorSalesReport",
            span,
            {"reportPeriod": period, "distributorView": view, "sellingProgram": program},
        )
        for period, span in (
            ("DAY", WEEK),
            ("WEEK", WEEK),
            ("MONTH", MONTH),
            ("QUARTER", ("2025-10-01", "2025-12-31")),
            ("YEAR", ("2025-01-01", "2025-12-31")),
        )
        for view in ("MANUFACTURING", "SOURCING")
        for program in ("RETAIL", "BUSINESS", "FRESH")
    ),
    ("GET_VENDOR_INVENTORY_REPORT", "vendorInventoryReport", WEEK, {"reportPeriod": "WEEK", **VIEW}),
    (
        "GET_VENDOR_INVENTORY_REPORT",
        "vendorInventoryReport",
        WEEK,
        {"reportPeriod": "DAY", "distributorView": "SOURCING", "sellingProgram": "FRESH"},
    ),
    ("GET_VENDOR_TRAFFIC_REPORT", "vendorTrafficReport", WEEK, {"reportPeriod": "DAY"}),
    ("GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT", "vendorNetPureProductMarginReport", MONTH, {"reportPeriod": "MONTH"}),
    ("GET_VENDOR_FORECASTING_REPORT", "vendorForecastingReport", (None, None), {"sellingProgram": "RETAIL"}),
    ("GET_VENDOR_FORECASTING_REPORT", "vendorForecastingReport", (None, None), {"sellingProgram": "FRESH"}),
    (
        "GET_VENDOR_REAL_TIME_INVENTORY_REPORT",
        "vendorRealTimeInventoryReport",
        ("2026-03-17T00:00", "2026-03-17T06:00"),
        {},
    ),
    (
        "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT",
        "sellingPartnerSearchTermsReport",
        ("2026-03-01", "2026-03-07"),
        {"reportPeriod": "WEEK"},
    ),
    (
        "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT",
        "sellingPartnerMarketBasketAnalysisReport",
        WEEK,
        {"reportPeriod": "WEEK"},
    ),
    (
        "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT",
        "sellingPartnerRepeatPurchaseReport",
        WEEK,
        {"reportPeriod": "WEEK"},
    ),
]
ABSENT = {
    "GET_VENDOR_INVENTORY_REPORT": {"unhealthyInventoryCost", "unhealthyInventoryUnits"},  # of single days
    "GET_VENDOR_SALES_REPORT": {"orderedRevenue", "orderedUnits", "customerReturns"},  # of the sourcing view, of FRESH
}


@pytest.mark.parametrize(("report_type", "name", "span", "options"), CASES)
def test_a_document_fits_its_schema(
    content: Any, schema: Any, report_type: str, name: str, span: tuple[str, str], options: dict[str, str]
) -> None:
    official = schema(name)
    document = content(report_type, *span, "2026-03-18T12:00", **options)
    jsonschema.validate(document, official, format_checker=jsonschema.FormatChecker())
    assert document["reportSpecification"].get("reportOptions", {}) == options
    for section, records in document.items():
        if section != "reportSpecification":
            reference = official["properties"][section]["items"]["$ref"].rpartition("/")[2]
            known = set(official["definitions"][reference]["properties"])
            granularity = {"childAsin", "sku"} if report_type == "GET_SALES_AND_TRAFFIC_REPORT" else set()
            assert records
            for record in records:
                assert known - set(record) <= ABSENT.get(report_type, set()) | granularity


def test_sales_and_traffic_has_every_field_at_every_level(content: Any, schema: Any) -> None:
    definitions = schema("sellerSalesAndTrafficReport")["definitions"]
    document = content(
        "GET_SALES_AND_TRAFFIC_REPORT", "2026-03-03", "2026-03-03", "2026-03-18T12:00", asinGranularity="SKU"
    )
    by_date, by_asin = document["salesAndTrafficByDate"][0], document["salesAndTrafficByAsin"][0]
    assert set(by_date["salesByDate"]) == set(definitions["SalesByDate"]["properties"])
    assert set(by_date["trafficByDate"]) == set(definitions["TrafficByDate"]["properties"])
    assert set(by_asin["salesByAsin"]) == set(definitions["SalesByAsin"]["properties"])
    assert set(by_asin["trafficByAsin"]) == set(definitions["TrafficByAsin"]["properties"])
    assert set(by_asin) == set(definitions["SalesAndTrafficByAsin"]["properties"])


def test_options_left_out_take_amazons_defaults(content: Any) -> None:
    document = content("GET_SALES_AND_TRAFFIC_REPORT", "2026-03-03", "2026-03-04", "2026-03-18T12:00")
    assert [entry["date"] for entry in document["salesAndTrafficByDate"]] == ["2026-03-03", "2026-03-04"]
    assert "childAsin" not in document["salesAndTrafficByAsin"][0]


def test_weeks_and_months_are_widened_but_the_echo_is_what_was_asked(content: Any) -> None:
    document = content(
        "GET_SALES_AND_TRAFFIC_REPORT", "2026-03-03", "2026-03-10", "2026-03-18T12:00", dateGranularity="WEEK"
    )
    assert [entry["date"] for entry in document["salesAndTrafficByDate"]] == ["2026-03-01", "2026-03-08"]
    assert document["reportSpecification"]["dataStartTime"] == "2026-03-03"
