"""JSON values become values of their column's type, exactly, or go to quarantine with the reason."""

from decimal import Decimal

import pytest

ID = ("id", "bigint")
AMOUNT = {"name": "amount", "from": "money.amount", "type": "decimal(18,4)"}


def test_numbers_are_exact_however_long(nested):
    texts = [
        "0.1",
        "277.06",
        "1e2",
        "12345678901234.5678",
        "0.10000000000000000555",
        "99999999999999.9999",
        "-0.0001",
        "123456789012.3456",
    ]
    content = '{"rows": [' + ", ".join(f'{{"v": {text}}}' for text in texts) + "]}"
    result = nested(content, ("v", "decimal(38,20)"))
    assert result.column("v") == [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("type_", "text", "reason"),
    [
        ("decimal(18,4)", "1.23456", "has more than 4 decimals"),
        ("decimal(18,4)", "1e400", "is too large for decimal(18,4)"),
        ("bigint", "9223372036854775808", "is too large for bigint"),
        ("bigint", "1.5", "is not a whole number"),
        ("bigint", "true", "is a boolean, not bigint"),
        ("bigint", "{}", "is an object, not bigint"),
        ("boolean", "1", "is a number, not a boolean"),
        ("date", "20261120", "is a number, not a date"),
        ("double", "NaN", "is not a finite number"),
        ("double", "1e999", "is too large for double"),
        ("bigint", "1e400", "is too large for bigint"),
        ("decimal(18,4)", "true", "is a boolean, not decimal(18,4)"),
        ("date", '"20.11.2026"', "is not a date written as iso8601"),
    ],
)
def test_what_does_not_fit_is_quarantined_by_record(nested, type_, text, reason):
    result = nested(
        f'{{"rows": [{{"k": "x"}}, {{"k": "y", "v": {text}}}, {{"k": "z"}}]}}', ("k", "string"), ("v", type_)
    )
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "v", reason)]
    assert result.column("k") == ["x", "z"]


def test_records_that_are_no_objects_are_quarantined(nested):
    result = nested('{"rows": [null, {"id": 1}, [2], "x"]}', ID)
    assert result.column("id") == [1]
    assert [(bad.line, bad.reason) for bad in result.quarantined] == [
        (1, "is not an object"),
        (3, "is not an object"),
        (4, "is not an object"),
    ]


def test_text_is_kept_as_it_is(nested):
    content = '{"rows": [{"v": "M\\u00fcller \\"\\u20ac\\" \\\\ 表"}, {"v": 5}, {"v": ["a", 1.5]}]}'
    assert nested(content, ("v", "string")).column("v") == ['Müller "€" \\ 表', "5", '["a",1.5]']


def test_half_a_surrogate_pair_is_quarantined_wherever_it_stands(nested):
    result = nested(
        r'{"rows": [{"id": 1, "v": "ok"}, {"id": 2, "v": "\ud800"}, {"id": 3, "\udfff": 1}]}', ID, ("v", "string")
    )
    assert result.column("id") == [1, 3]
    assert [(bad.line, bad.column, bad.record) for bad in result.quarantined] == [(2, "v", r'{"id":2,"v":"\ud800"}')]
    assert result.decoder.unknown == {"rows.?"}


def test_arrays_nested_in_records_reach_their_parents(nested):
    content = {
        "rows": [
            {"name": "p", "inner": {"list": [{"asin": "A"}, {"asin": "B"}]}},
            {"name": "q"},
            {"name": "r", "inner": {"list": []}},
        ]
    }
    result = nested(
        content,
        ("asin", "string"),
        {"name": "name", "from": "../../name", "type": "string"},
        table={"records": "rows.inner.list"},
    )
    assert result.column("asin") == ["A", "B"]
    assert result.column("name") == ["p", "p"]
    assert result.records == {"t": 2}


def test_records_with_nested_values(nested):
    result = nested(
        {"rows": [{"id": 1, "money": {"amount": 12.3, "currencyCode": "EUR"}}, {"id": 2, "money": None}, {"id": 3}]},
        ID,
        AMOUNT,
    )
    assert result.column("id") == [1, 2, 3]
    assert result.column("amount") == [Decimal("12.3000"), None, None]
    assert result.decoder.unknown == {"rows.money.currencyCode"}
