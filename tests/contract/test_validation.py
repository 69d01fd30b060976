"""Each rule of the contract language, broken once in a contract of the product: refused with file, key and remedy."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from curation.contracts import model

from operations.contracts.catalogue import LONGEST_COLUMN_COMMENT, LONGEST_NAME
from operations.contracts.columns import AUTOMATIC_COLUMNS
from operations.contracts.validation import problems_of

CONTRACTS = Path(__file__).parents[2] / "contracts"
SCHEMA = json.loads((CONTRACTS / "contract.schema.json").read_text(encoding="utf-8"))
REMOVE = object()


def read(source: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONTRACTS / "reports" / f"{source}.yaml").read_text(encoding="utf-8"))
    return loaded


def step(node: Any, part: str) -> Any:
    """Go down by key, by number, or by the name of a column."""
    if isinstance(node, dict):
        return node[part]
    return node[int(part)] if part.isdigit() else next(item for item in node if item["name"] == part)


def problems(source: str, path: str, value: Any) -> list[str]:
    contract = copy.deepcopy(read(source))
    *parents, last = path.split(".")
    node = contract
    for part in parents:
        node = step(node, part)
    if value is REMOVE:
        del node[last]
    elif isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return [str(problem) for problem in problems_of(CONTRACTS / "reports" / f"{source}.yaml", contract, SCHEMA)]


def check(source: str, path: str, value: Any, expected: str) -> None:
    found = problems(source, path, value)
    assert any(expected in message for message in found), found
    assert all(f"{source}.yaml: " in message and message.endswith((".", "?")) for message in found), found


def test_the_automatic_columns_are_those_that_the_job_adds() -> None:
    added = {name: kind for name, kind, _ in model.AUTOMATIC_COLUMNS}
    assert added | {model.OTHER_COLUMNS: "map"} == AUTOMATIC_COLUMNS


SALES = "tables.vendor_sales_by_asin"
LISTINGS = "tables.merchant_listings"
ROWS = "tables.settlement_rows"
ITEMS = "tables.xml_order_items"
ORDER = "tables.returns.columns.order_id"


def test_the_catalogue_holds_what_the_job_adds() -> None:
    for name, _, description in model.AUTOMATIC_COLUMNS:
        assert len(name.encode()) <= LONGEST_NAME
        assert len(description.encode()) <= LONGEST_COLUMN_COMMENT
        assert description.isprintable()


@pytest.mark.parametrize(
    ("source", "path", "value", "expected"),
    [
        # Amazon makes discovered reports by itself: there is nothing to say about when and how to ask.
        (
            "settlements",
            "request.window.per_request",
            "P1D",
            "request.window.per_request: does not belong here. Remove it. Amazon makes discovered reports by",
        ),
        (
            "settlements",
            "request.window.available_after",
            "PT1H",
            "request.window.available_after: does not belong here",
        ),
        (
            "settlements",
            "request.window.restatement_delays",
            [],
            "request.window.restatement_delays: does not belong here",
        ),
        ("settlements", "request.window.trailing", "P1D", "request.window.trailing: does not belong here"),
        (
            "settlements",
            "request.window.bounds",
            "instants",
            "request.window.bounds: 'instants' is not allowed. Use one of: none.",
        ),
        (
            "settlements",
            "request.deadline",
            "PT4H",
            "request.deadline: does not belong here. Remove it. Amazon makes discovered reports by itself",
        ),
        ("settlements", "request.cooldown_after_fatal", "PT4H", "request.cooldown_after_fatal: does not belong here"),
        (
            "settlements",
            "request.report_type",
            "GET_LEDGER_DETAIL_VIEW_DATA",
            "request.window.grain: Amazon makes this report only on request. Choose the grain",
        ),
        (
            "returns",
            "request.report_type",
            "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
            "request.window.grain: Amazon makes this report by itself and refuses",
        ),
        (
            "vendor_sales",
            f"{SALES}.columns.0.name",
            "start_date_month",
            f"{SALES}.partitioned_by: Iceberg calls months(start_date) start_date_month, as a column is called",
        ),
        (
            "vendor_sales",
            "document.without_rows",
            "published",
            "document.without_rows: does not belong here. Remove it. A JSON document says itself",
        ),
        (
            "returns",
            "document.without_rows",
            "kept",
            "document.without_rows: 'kept' is not allowed. Use one of: refused, published.",
        ),
        ("returns", "request.deadline", REMOVE, "request: missing deadline"),
        ("returns", "request.window.available_after", REMOVE, "request.window: missing available_after"),
        ("returns", "request.window.history", REMOVE, "request.window: missing history"),
        # Windows
        (
            "merchant_listings",
            "request.window.bounds",
            "instants",
            "request.window.bounds: 'instants' is not allowed. Use one of: none, trailing.",
        ),
        (
            "merchant_listings",
            "request.window.history",
            "P30D",
            "request.window.history: does not belong here. Remove it. A snapshot is a picture of the day",
        ),
        (
            "merchant_listings",
            "request.window.per_request",
            "P7D",
            "request.window.per_request: a snapshot shows one day. Use P1D.",
        ),
        (
            "merchant_listings",
            "request.window.trailing",
            "P7D",
            "request.window.trailing: does not belong here. Remove it. Only bounds trailing",
        ),
        ("fba_estimated_fees", "request.window.trailing", REMOVE, "request.window: missing trailing"),
        (
            "fba_estimated_fees",
            "request.window.time_zone",
            "marketplace",
            "request.window.time_zone: a request for a whole region has no marketplace",
        ),
        ("search_terms", "request.window.week_starts", REMOVE, "request.window: missing week_starts"),
        ("search_terms", "request.window.per_request", "P10D", "request.window.per_request: P10D is not whole weeks"),
        ("search_terms", "request.window.per_request", "P0W", "request.window.per_request: P0W is not whole weeks"),
        (
            "returns",
            "request.window.week_starts",
            "sunday",
            "request.window.week_starts: does not belong here. Remove it. Only weeks have week_starts.",
        ),
        (
            "returns",
            "request.window.bounds",
            "none",
            "request.window.bounds: none does not name the day. Use dates_inclusive or instants.",
        ),
        (
            "vendor_real_time_inventory",
            "request.window.bounds",
            "dates_inclusive",
            "bounds: dates_inclusive cannot express a window shorter than a day. Use instants.",
        ),
        # Documents
        (
            "vendor_sales",
            "document.numbers",
            "point",
            "document.numbers: does not belong here. Remove it. Only flat files have quoting, numbers and null_values.",
        ),
        ("vendor_sales", "document.null_values", ["--"], "document.null_values: does not belong here"),
        (
            "vendor_sales",
            "document.echo.dates",
            "none",
            "document.echo.dates: 'none' is not allowed. Use one of: exact, widened, absent.",
        ),
        ("returns", "document.null_values", [""], "document.null_values.0: "),
        # Where columns come from
        ("returns", "tables.returns.columns.order_id.from", "$first_row.Order ID", ""),
        (
            "vendor_sales",
            f"{SALES}.columns.asin.from",
            "$first_row.asin",
            "$first_row.asin needs a flat file. Reach to the parent with ../ instead.",
        ),
        (
            "vendor_sales",
            f"{SALES}.columns.asin.from",
            REMOVE,
            "columns.asin: missing from. Say which field of the record it comes from.",
        ),
        (
            "vendor_sales",
            f"{SALES}.columns.asin.from",
            "asin@id",
            "asin@id names an attribute, JSON has none. Name a field.",
        ),
        (
            "vendor_sales",
            f"{SALES}.columns.asin.from",
            "../asin",
            "../asin goes above the document's root. Use one ../ per step of records.",
        ),
        (
            "vendor_sales",
            f"{SALES}.columns.asin.aliases",
            {"de_DE": ["ASIN"]},
            "aliases: only headers of flat files are localised. Remove them.",
        ),
        (
            "merchant_listings",
            f"{LISTINGS}.columns.price_currency.aliases",
            {"de_DE": ["Preis"]},
            "aliases: only headers of flat files are localised",
        ),
        (
            "merchant_listings",
            f"{LISTINGS}.columns.price.aliases",
            {"german": ["Preis"]},
            f"{LISTINGS}.columns.5.aliases: ",
        ),
        (
            "merchant_listings",
            f"{LISTINGS}.columns.price.aliases",
            {"ja_JP": ["数量"]},
            "header '数量' means price only in",
        ),
        (
            "merchant_listings",
            f"{LISTINGS}.columns.price.aliases",
            {"fr_FR": ["Menge"]},
            "header 'Menge' means price, quantity only in",
        ),
        (
            "ledger_detail",
            "tables.ledger_detail.columns.title.from",
            "$marketplace.currency",
            "$marketplace.currency is empty: the request is for a whole region.",
        ),
        (
            "ledger_detail",
            "tables.ledger_detail.columns.title.from",
            "$request.marketplace_id",
            "$request.marketplace_id is empty: the request is for a whole",
        ),
        (
            "settlements",
            f"{ROWS}.columns.sku.from",
            "$request.window_start",
            "$request.window_start is empty: the lake does not request this report. Take it from",
        ),
        (
            "settlements",
            f"{ROWS}.columns.sku.from",
            "$document.window",
            "$document.window is not known. See docs/contracts.md",
        ),
        (
            "xml_orders",
            f"{ITEMS}.records",
            "AmazonEnvelope.Header",
            "does not lie in AmazonEnvelope.Header. XML is cut at one element",
        ),
        # How values are read
        (
            "returns",
            "tables.returns.columns.asin.format",
            "%d",
            "columns.asin.format: a string has no format. Remove it, or make the column a date",
        ),
        ("returns", "tables.returns.columns.asin.zone", "UTC", "columns.asin.zone: a string has no zone"),
        ("returns", "tables.returns.columns.order_date.zone", "Berlin", "columns.1.zone: "),
        (
            "returns",
            "tables.returns.columns.order_date.format",
            "dd.mm.yyyy",
            "'dd.mm.yyyy' is no pattern. Use iso8601, or strptime directives such as %d.%m.%Y.",
        ),
        (
            "settlements",
            f"{ROWS}.columns.posted_date_time.format",
            ["%d.%m.%Y"],
            "'%d.%m.%Y' has no time of day. Make the column a date.",
        ),
        (
            "settlements",
            f"{ROWS}.columns.amount.type",
            "decimal(40,2)",
            "decimal(40,2) cannot be stored. At most 38 digits",
        ),
        ("settlements", f"{ROWS}.columns.amount.type", "decimal(4,5)", "decimal(4,5) cannot be stored"),
        (
            "returns",
            "tables.returns.omitted",
            ["ASIN"],
            "omitted: ASIN has a column. Remove it from omitted, or the column.",
        ),
        # Units
        (
            "settlements",
            f"{ROWS}.units_of",
            "summaries",
            "units_of: there is no other table summaries. Name the table whose records name the units.",
        ),
        ("settlements", f"{ROWS}.units_of", "settlement_rows", "units_of: there is no other table settlement_rows"),
        (
            "settlements",
            f"{ROWS}.unit",
            ["order_id"],
            "units_of: settlement_summaries has another unit or version. Both tables need the same",
        ),
        ("xml_orders", f"{ITEMS}.version", REMOVE, "units_of: xml_orders has another unit or version"),
        (
            "xml_orders",
            f"{ITEMS}.units_of",
            "xml_order_promotions",
            "units_of: xml_order_promotions takes its units from xml_orders. Name xml_orders.",
        ),
        ("returns", "tables.returns.fixed", ["order_date"], "version and fixed have no meaning for whole windows"),
        ("returns", "tables.returns.version", "order_date", "version and fixed have no meaning for whole windows"),
        ("xml_orders", f"{ITEMS}.version", "updated", "version: there is no column updated"),
        (
            "xml_orders",
            f"{ITEMS}.fixed",
            ["purchase"],
            "fixed: there is no column purchase. Did you mean purchase_date?",
        ),
        (
            "search_terms",
            "tables.search_terms.partitioned_by",
            ["click_share"],
            "click_share is double: too many values. Use a string, or months() of a date.",
        ),
        ("search_terms", "tables.search_terms.partitioned_by", ["market"], "partitioned_by: there is no column market"),
        ("returns", f"{ORDER}.description", "x" * 255, ""),
        (
            "returns",
            f"{ORDER}.description",
            "x" * 256,
            "returns.columns.order_id.description: it has 256 bytes, AWS Glue's catalogue holds 255. Shorten it.",
        ),
        ("returns", f"{ORDER}.description", "ü" * 127, ""),
        ("returns", f"{ORDER}.description", "ü" * 128, "it has 256 bytes, AWS Glue's catalogue holds 255"),
        ("returns", f"{ORDER}.description", "a\tb", ""),
        (
            "returns",
            f"{ORDER}.description",
            "two\nlines",
            "a column's comment on one line only. In YAML, `description: >-`",
        ),
        ("returns", f"{ORDER}.description", "one line\n", "a column's comment on one line only"),
        (
            "returns",
            f"{ORDER}.description",
            "bell \x07",
            "it holds '\\x07', which AWS Glue's catalogue refuses. Remove it.",
        ),
        ("returns", f"{ORDER}.name", "o" * 256, "the name has 256 bytes, AWS Glue's catalogue holds 255"),
        ("returns", "tables.returns.description", "two\nlines", ""),
        ("returns", "tables.returns.description", "x" * 2048, ""),
        ("returns", "tables.returns.description", "x" * 2049, "tables.returns.description: it has 2049 bytes"),
        ("returns", "tables.returns.description", "null \x00", "it holds '\\x00', which AWS Glue's catalogue refuses"),
        ("returns", f"tables.{'t' * 256}", read("returns")["tables"]["returns"], "the name has 256 bytes"),
    ],
)
def test_a_broken_rule_of_the_language_is_told(source: str, path: str, value: Any, expected: str) -> None:
    if expected:
        check(source, path, value, expected)
    else:
        assert problems(source, path, value) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            {"expect": "expect_column_values_to_be_in_sets", "column": "asin"},
            "quality.0.expect: there is no expectation expect_column_values_to_be_in_sets. Did you",
        ),
        (
            {"expect": "column_values_to_be_between", "column": "shipped_units", "minimum": 0},
            "quality.0.minimum: column_values_to_be_between takes no minimum. It",
        ),
        (
            {"expect": "column_values_to_be_between", "column": "shipped_units"},
            "quality.0: neither min_value nor max_value: everything passes",
        ),
        ({"expect": "column_values_to_not_be_null"}, "quality.0: column_values_to_not_be_null needs a column"),
        (
            {"expect": "column_values_to_not_be_null", "column": "asins"},
            "quality.0.column: there is no column asins. Did you mean asin?",
        ),
        (
            {"expect": "column_pair_values_to_be_equal", "column_A": "asin", "column_B": "b"},
            "quality.0.column_B: there is no column b",
        ),
        (
            {"expect": "compound_columns_to_be_unique", "column_list": ["asin", "marketplace"]},
            "quality.0.column_list: there is no column marketplace. Did you mean",
        ),
        (
            {"expect": "column_values_to_be_between", "column": "asin", "per": "document", "name": "x", "min_value": 1},
            "quality.0.column: there is no column asin. Known:",
        ),
        (
            {"expect": "column_values_to_be_between", "column": "records", "per": "document", "min_value": 1},
            "quality.0: a rule about documents has no name",
        ),
        (
            {"expect": "column_values_to_be_between", "column": "records", "per": "batch", "min_value": 1},
            "quality.0.per: 'batch' is not allowed",
        ),
        (
            {"expect": "unexpected_rows", "name": "x"},
            "quality.0: unexpected_rows needs a query and a name, and judges rows",
        ),
        (
            {"expect": "unexpected_rows", "query": "SELECT source_document FROM {batch}"},
            "quality.0: unexpected_rows needs a query and a name",
        ),
        (
            {"expect": "unexpected_rows", "name": "x", "query": "SELECT source_document FROM {batch} JOIN {orders}"},
            "quality.0.query: {orders} is not known. Use {batch}",
        ),
        (
            {"expect": "unexpected_rows", "name": "x", "query": "SELECT source_document FROM {vendor_sales_aggregate}"},
            "quality.0.query: it does not read {batch}",
        ),
        (
            {"expect": "unexpected_rows", "name": "x", "query": "SELECT asin FROM {batch}"},
            "quality.0.query: it does not select source_document",
        ),
        (
            {"expect": "column_values_to_match_regex", "column": "asin", "regex": "x"},
            "quality.2: another rule of the table is called column_values_to_match_regex_asin",
        ),
        (
            {"expect": "column_values_to_not_be_null", "column": "asin", "severity": "fatal"},
            "quality.0.severity: 'fatal' is not allowed. Use one of: critical, warning.",
        ),
    ],
)
def test_a_quality_rule_that_cannot_be_judged_is_refused(rule: dict[str, Any], expected: str) -> None:
    rules = [
        {"severity": "critical", **rule},
        *(
            known
            for known in read("vendor_sales")["tables"]["vendor_sales_by_asin"]["quality"][1:]
            if known.get("column") == "asin"
        ),
    ]
    if "another rule" in expected:
        rules.insert(1, {"expect": "column_values_to_not_be_null", "column": "asin", "severity": "critical"})
    check("vendor_sales", f"{SALES}.quality", rules, expected)
