"""Values one by one: what a text or a JSON value stands for, or why it does not fit."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from curation.conforming.values import json_text, parse_json, parse_number, parse_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column

POINT = LocaleRules()
COMMA = LocaleRules(",", ". ", "Europe/Berlin", "DE")


@pytest.mark.parametrize(
    ("text", "rules", "number"),
    [
        ("1,234,567.5", POINT, "1234567.5"),
        ("-1,234", POINT, "-1234"),
        ("+12,345", POINT, "12345"),
        ("123,456", POINT, "123456"),
        ("1.234.567,5", COMMA, "1234567.5"),
        ("-1 234,5", COMMA, "-1234.5"),
    ],
)
def test_digits_may_be_grouped_by_three(text, rules, number):
    assert parse_number(text, rules) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("1234,567", POINT),
        (",567", POINT),
        ("1,2345", POINT),
        ("1,23,456", POINT),
        ("1,234,", POINT),
        ("95,00", POINT),
        ("1234.567", COMMA),
        ("12.50", COMMA),
    ],
)
def test_digits_grouped_in_another_way_are_no_number(text, rules):
    with pytest.raises(ValueError, match="digits are not grouped by three"):
        parse_number(text, rules)


@pytest.mark.parametrize("text", ["true", "Yes", "y", "1", "TRUE"])
def test_texts_that_mean_true(text):
    assert parse_text(text, Column("v", "boolean"), POINT) is True


@pytest.mark.parametrize("text", ["false", "No", "n", "0"])
def test_texts_that_mean_false(text):
    assert parse_text(text, Column("v", "boolean"), POINT) is False


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-11-01", "Asia/Tokyo", date(2026, 11, 1)),
        ("2026-11-01T23:00:00", "Asia/Tokyo", date(2026, 11, 1)),
        ("2026-11-01T23:00:00Z", "Asia/Tokyo", date(2026, 11, 2)),
        ("20261101", "Asia/Tokyo", date(2026, 11, 1)),
    ],
)
def test_a_date_is_the_same_everywhere_and_an_instant_has_one_in_its_zone(text, zone, day):
    assert parse_text(text, Column("v", "date", zone=zone), POINT) == day


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("decimal(5,2)", 0, Decimal("0.00")),
        ("decimal(5,2)", Decimal("0E+9"), Decimal("0.00")),
        ("decimal(5,2)", Decimal("999.99"), Decimal("999.99")),
        ("decimal(5,2)", -999.99, Decimal("-999.99")),
        ("decimal(2,2)", 0.99, Decimal("0.99")),
        ("int", -(2**31), -(2**31)),
        ("int", 2**31 - 1, 2**31 - 1),
        ("bigint", Decimal("1E+18"), 10**18),
        ("double", Decimal("1.5"), 1.5),
        ("boolean", False, False),
        ("string", Decimal("12345678901234567.10"), "12345678901234567.10"),
        ("string", {"a": [1, "é"]}, '{"a":[1,"é"]}'),
        ("string", True, "true"),
        ("string", "", None),
        ("int", None, None),
    ],
)
def test_json_values_that_fit(kind, value, read):
    found = parse_json(value, Column("v", kind), POINT)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("decimal(5,2)", 1000, "is too large for decimal(5,2)"),
        ("decimal(5,2)", 1.001, "has more than 2 decimals"),
        ("int", 2**31, "is too large for int"),
        ("int", -(2**31) - 1, "is too large for int"),
        ("int", Decimal("1E+100"), "is too large for int"),
        ("int", 1.5, "is not a whole number"),
        ("int", True, "is a boolean, not int"),
        ("int", [1], "is a list, not int"),
        ("int", {}, "is an object, not int"),
        ("boolean", 1, "is a number, not a boolean"),
        ("double", Decimal("NaN"), "is not a finite number"),
        ("string", "\ud800", "holds half of a surrogate pair, which is no text"),
    ],
)
def test_json_values_that_do_not_fit_say_why(kind, value, reason):
    with pytest.raises(ValueError, match="^" + reason.replace("(", r"\(").replace(")", r"\)") + "$"):
        parse_json(value, Column("v", kind), POINT)


def test_json_as_text_is_what_utf8_can_hold():
    assert json_text({"a": "\ud800é"}) == '{"a":"\\ud800\\u00e9"}'
    assert json.loads(json_text([Decimal("1.5")])) == ["1.5"]


def test_a_long_number_of_a_document_is_text_digit_by_digit(nested):
    content = '{"rows": [{"v": 12345678901234567.10}, {"v": 0.1}]}'
    assert nested(content, ("v", "string")).column("v") == ["12345678901234567.10", "0.1"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("01.07.2050 12:00:00", "2050-07-01 10:00:00"),
        ("01.01.2050 12:00:00", "2050-01-01 11:00:00"),
        ("31.12.2036 23:00:00", "2036-12-31 22:00:00"),
        ("01.01.2037 12:00:00", "2037-01-01 11:00:00"),
        ("01.07.1969 12:00:00", "1969-07-01 11:00:00"),
        ("01.07.1945 12:00:00", "1945-07-01 09:00:00"),
        ("01.07.1880 12:00:00", "1880-07-01 11:06:32"),
        ("25.10.2026 02:30:00", "2026-10-25 00:30:00"),
    ],
)
def test_local_times_of_any_year_are_read_by_the_rules_of_their_zone(flat, text, instant):
    """Summer time after 2037 and before 1970, and of an hour that exists twice the first."""
    column = {"name": "v", "from": "v", "type": "timestamp", "format": "%d.%m.%Y %H:%M:%S", "zone": "marketplace"}
    day = {"name": "d", "from": "d", "type": "date", "zone": "marketplace"}
    result = flat(f"v\td\n{text}\t{instant}Z\n", column, day, marketplace="DE")
    assert result.column("v") == [datetime.fromisoformat(instant)]
    assert result.column("d") == [datetime.strptime(text[:10], "%d.%m.%Y").date()]  # noqa: DTZ007 - a date
