"""Which column a header of a flat file belongs to, and what the contract takes from its first row."""

from datetime import date, datetime
from decimal import Decimal

from tests.unit.curation.refusals import refusal

A = ("a", "string")
B = ("b", "string")


def test_repeated_headers_are_taken_in_order(flat):
    twice = [
        {"name": name, "from": "Deprecated", "type": "string", "aliases": {"zh_CN": ["不适用"]}}
        for name in ("one", "two")
    ]
    result = flat("a\t不适用\t不适用\nx\t1\t2\n", A, *twice)
    assert (result.column("one"), result.column("two")) == (["1"], ["2"])


def test_two_columns_may_read_one_header(flat):
    moment = {"name": "moment", "from": "at", "type": "timestamp"}
    day = {"name": "day", "from": "at", "type": "date", "zone": "marketplace"}
    result = flat("a\tat\nx\t2026-11-01T23:30:00+00:00\n", A, moment, day, marketplace="DE")
    assert (result.column("moment"), result.column("day")) == (
        [datetime.fromisoformat("2026-11-01T23:30")],
        [date(2026, 11, 2)],
    )
    assert result.decoder.missing == set()


def test_unknown_headers_are_kept_and_reported(flat):
    result = flat("a\tnew\tb\tnew\nx\t1\ty\t\nz\t\tw\t3\n", A, B)
    assert [dict(one) for one in result.column("other_columns")] == [{"new": "1"}, {"new#2": "3"}]
    assert result.decoder.unknown == {"new", "new#2"}


def test_missing_optional_headers_are_null_and_missing_required_ones_refuse(flat):
    result = flat("a\nx\n", A, B)
    assert result.column("b") == [None]
    assert result.decoder.missing == {"b"}
    assert refusal(flat, "a\nx\n", A, {"name": "b", "from": "b", "type": "string", "required": True}) == "HeaderMissing"


def test_row_numbers_can_be_a_column(flat):
    result = flat("a\nx\n\ny\n", A, {"name": "line", "from": "$row.number", "type": "bigint"})
    assert result.column("line") == [2, 4]


def test_a_value_of_the_first_row_does_not_use_the_rows_up(flat):
    first = {"name": "first", "from": "$first_row.a", "type": "string"}
    assert refusal(flat, "a\tb\n\n", first, A, B) == "NoRows"
    assert flat("a\tb\n\nx\ty\n", first, A, B).column("first") == ["x"]


def test_a_settlement_gives_its_summary_and_its_rows_to_two_tables(decode):
    content = (
        "settlement-id\tsettlement-end-date\ttotal-amount\tcurrency\tamount\r\n"
        "77\t20.11.2026 10:00:00 UTC\t-1.234,50\tEUR\t\r\n77\t\t\t\t-1.000,00\r\n77\t\t\t\t-234,50\r\n"
    )
    end = {"name": "ended", "type": "timestamp", "format": "%d.%m.%Y %H:%M:%S %Z", "required": True, "description": "d"}
    identity = {"name": "settlement_id", "from": "settlement-id", "type": "string", "description": "d"}
    tables = {
        "summaries": {
            "description": "d",
            "unit": ["settlement_id"],
            "where": [{"name": "row", "column": "total-amount", "is": "present", "keep": True}],
            "columns": [
                identity,
                {**end, "from": "settlement-end-date"},
                {"name": "total", "from": "total-amount", "type": "decimal(18,4)", "description": "d"},
            ],
        },
        "rows": {
            "description": "d",
            "unit": ["settlement_id"],
            "where": [{"name": "summary", "column": "total-amount", "is": "present", "keep": False}],
            "columns": [
                identity,
                {**end, "from": "$first_row.settlement-end-date"},
                {"name": "currency", "from": "$first_row.currency", "type": "string", "description": "d"},
                {"name": "amount", "from": "amount", "type": "decimal(18,4)", "required": True, "description": "d"},
            ],
        },
    }
    result = decode(
        content,
        tables=tables,
        document={"format": "tsv", "quoting": "none", "numbers": "marketplace"},
        marketplace="DE",
    )
    assert result.column("total", "summaries") == [Decimal("-1234.5000")]
    assert result.column("amount", "rows") == [Decimal("-1000.0000"), Decimal("-234.5000")]
    assert result.column("ended", "rows") == [datetime.fromisoformat("2026-11-20T10:00")] * 2
    assert result.column("currency", "rows") == ["EUR", "EUR"]
    assert result.excluded == {"row": 2, "summary": 1}
    assert result.records == {"summaries": 3, "rows": 3}
    assert result.quarantined == []
    assert result.decoder.unknown == set()
