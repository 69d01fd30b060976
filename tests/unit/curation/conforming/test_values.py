"""Texts of flat files become values of their column's type, or go to quarantine with the reason."""

from datetime import date, datetime
from decimal import Decimal

import pytest

A = ("a", "string")
B = ("b", "string")


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("int", "5", 5),
        ("int", "14.0", 14),
        ("int", " 7 ", 7),
        ("bigint", "+3", 3),
        ("bigint", "-9223372036854775808", -(2**63)),
        ("decimal(18,4)", "-1234.5", Decimal("-1234.5000")),
        ("decimal(18,4)", "1,234.50", Decimal("1234.5000")),
        ("decimal(18,4)", "99999999999999.9999", Decimal("99999999999999.9999")),
        ("decimal(18,4)", "1.50000", Decimal("1.5000")),
        ("double", "0.1", 0.1),
        ("boolean", "Yes", True),
        ("boolean", "false", False),
        ("date", "2026-11-20", date(2026, 11, 20)),
        ("timestamp", "2022-07-18T18:52:47+00:00", datetime.fromisoformat("2022-07-18T18:52:47")),
        ("timestamp", "2022-07-18T18:52:47+02:00", datetime.fromisoformat("2022-07-18T16:52:47")),
        ("timestamp", "2022-07-18T18:52:47", datetime.fromisoformat("2022-07-18T18:52:47")),
        ("string", "", None),
        ("int", "", None),
        ("timestamp", "", None),
    ],
)
def test_values_are_cast(flat, type_, text, value):
    assert flat(f"k\tv\nx\t{text}\n", ("k", "string"), ("v", type_)).column("v") == [value]


@pytest.mark.parametrize(
    ("type_", "text", "reason"),
    [
        ("int", "1.5", "is not a whole number"),
        ("int", "2147483648", "is too large for int"),
        ("int", "0x1F", "is not a number"),
        ("int", "1e99999", "is not a number"),
        ("decimal(18,4)", "1.23456", "has more than 4 decimals"),
        ("decimal(18,4)", "123456789012345.1", "is too large for decimal(18,4)"),
        ("decimal(18,4)", "95,00", "is not a number: digits are not grouped by three"),
        ("decimal(18,4)", "nan", "is not a number"),
        ("double", "inf", "is not a number"),
        ("double", "1e999", "is too large for double"),
        ("double", "-1e309", "is too large for double"),
        ("bigint", "1e999", "is too large for bigint"),
        ("timestamp", "9999-12-31T23:59:59-14:00", "is before the year 1 or after 9999 in its zone"),
        ("timestamp", "10000-01-01T00:00:00Z", "is not an instant written as iso8601"),
        ("date", "0001-01-01T00:00:00+14:00", "is before the year 1 or after 9999 in its zone"),
        ("boolean", "maybe", "is not a boolean"),
        ("date", "20.11.2026", "is not a date written as iso8601"),
        ("date", "2026-02-30", "is not a date written as iso8601"),
        ("timestamp", "yesterday", "is not an instant written as iso8601"),
    ],
)
def test_what_does_not_fit_is_quarantined_with_its_reason(flat, type_, text, reason):
    result = flat(f"k\tv\nx\t{text}\n", ("k", "string"), ("v", type_))
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "v", reason)]
    assert text not in result.quarantined[0].reason


@pytest.mark.parametrize(
    ("marketplace", "text", "value"),
    [
        ("DE", "1.234,50", "1234.50"),
        ("DE", "-0,99", "-0.99"),
        ("FR", "1\u202f234,5", "1234.5"),
        ("DE", "12", "12"),
        ("UK", "1,234.50", "1234.50"),
        ("MX", "12.5", "12.5"),
        ("JP", "1,000", "1000"),
    ],
)
def test_numbers_by_the_marketplaces_locale(flat, marketplace, text, value):
    result = flat(f"v\n{text}\n", ("v", "decimal(18,4)"), document={"numbers": "marketplace"}, marketplace=marketplace)
    assert result.column("v") == [Decimal(value)]


def test_a_decimal_point_in_a_comma_locale_is_quarantined_not_misread(flat):
    assert flat("v\n12.50\n", ("v", "decimal(18,4)"), document={"numbers": "marketplace"}, marketplace="DE").quarantined


@pytest.mark.parametrize(
    ("column", "marketplace", "text", "value"),
    [
        (
            {"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"},
            "US",
            "2022-07-11 01:34:18 PDT",
            datetime.fromisoformat("2022-07-11T08:34:18"),
        ),
        (
            {"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"},
            "US",
            "2025-06-09 05:23:19 UTC",
            datetime.fromisoformat("2025-06-09T05:23:19"),
        ),
        (
            {"type": "timestamp", "format": "%d/%m/%Y %H:%M:%S %Z"},
            "UK",
            "11/07/2022 01:34:18 BST",
            datetime.fromisoformat("2022-07-11T00:34:18"),
        ),
        (
            {"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"},
            "IN",
            "2022-07-11 05:30:00 IST",
            datetime.fromisoformat("2022-07-11T00:00"),
        ),
        (
            {"type": "timestamp", "format": ["%d.%m.%Y %H:%M:%S", "%Y-%m-%d"], "zone": "marketplace"},
            "DE",
            "11.07.2022 01:34:18",
            datetime.fromisoformat("2022-07-10T23:34:18"),
        ),
        (
            {"type": "timestamp", "format": ["%Y-%m-%d %H:%M:%S %Z", "%d.%m.%Y %H:%M:%S %Z", "iso8601"]},
            "DE",
            "11.07.2022 01:34:18 UTC",
            datetime.fromisoformat("2022-07-11T01:34:18"),
        ),
        ({"type": "date", "format": ["%m/%d/%Y", "iso8601"]}, "US", "11/20/2026", date(2026, 11, 20)),
        ({"type": "date", "format": "%d.%m.%Y"}, "DE", "20.11.2026", date(2026, 11, 20)),
        ({"type": "date", "format": "%Y-%m"}, "US", "2024-12", date(2024, 12, 1)),
        ({"type": "date", "zone": "marketplace"}, "US", "2022-07-18T03:00:00+00:00", date(2022, 7, 17)),
        ({"type": "date", "zone": "marketplace"}, "JP", "2022-07-18T18:00:00+00:00", date(2022, 7, 19)),
    ],
)
def test_dates_and_instants_by_format_and_zone(flat, column, marketplace, text, value):
    result = flat(f"v\n{text}\n", {"name": "v", "from": "v", **column}, marketplace=marketplace)
    assert result.quarantined == []
    assert result.column("v") == [value]


@pytest.mark.parametrize("text", ["20.11.24", "2022-07-11 01:34:18 XYZ", "31.02.2026"])
def test_dates_that_are_not_are_quarantined(flat, text):
    column = {
        "name": "v",
        "from": "v",
        "type": "timestamp" if "XYZ" in text else "date",
        "format": "%Y-%m-%d %H:%M:%S %Z" if "XYZ" in text else "%d.%m.%Y",
    }
    assert len(flat(f"v\n{text}\n", column, marketplace="DE").quarantined) == 1


def test_one_bad_value_does_not_change_how_the_others_are_read(flat):
    rows = "".join(f"{number}.5\t2026-11-{number:02d}\n" for number in range(1, 29))
    result = flat(f"v\td\n{rows}bad\t2026-11-01\n", ("v", "decimal(18,4)"), ("d", "date"))
    assert result.column("v") == [Decimal(f"{number}.5") for number in range(1, 29)]
    assert len(result.quarantined) == 1


def test_texts_that_mean_no_value(flat):
    assert flat("v\tk\n--\tx\n", ("v", "decimal(18,4)"), ("k", "string"), document={"null_values": ["--"]}).column(
        "v"
    ) == [None]


def test_required_values_are_quarantined_when_missing(flat):
    result = flat("a\tb\nx\t\ny\t1\n", A, {"name": "b", "from": "b", "type": "string", "required": True})
    assert result.column("a") == ["y"]
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "b", "is required and missing")]


@pytest.mark.parametrize(
    "text", ["9" * 400, "-67e-43", "406544850370200746272749309511844.4174566", "12345678901234567890e20"]
)
def test_numbers_that_arrow_would_cast_to_another_are_quarantined(flat, text):
    result = flat(f"v\tw\n{text}\tx\n", ("v", "decimal(18,4)"), ("w", "string"))
    assert [(bad.line, bad.column) for bad in result.quarantined] == [(2, "v")]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ({"type": "timestamp"}, "9999-12-31T23:59:59-14:00"),
        ({"type": "timestamp"}, "0001-01-01T00:00:00+14:00"),
        ({"type": "date"}, "0000-01-01"),
        ({"type": "date"}, "10000-01-01"),
        ({"type": "date", "zone": "marketplace"}, "0001-01-01T00:00:00+14:00"),
        ({"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"}, "9999-12-31 23:59:59 PST"),
        ({"type": "timestamp", "format": "%d.%m.%Y %H:%M:%S", "zone": "marketplace"}, "01.01.0001 00:00:00"),
    ],
)
def test_years_that_no_reader_knows_are_quarantined(flat, column, text):
    result = flat(f"v\tw\n{text}\tx\n", {"name": "v", "from": "v", **column}, ("w", "string"), marketplace="DE")
    assert [(bad.line, bad.column) for bad in result.quarantined] == [(2, "v")]
