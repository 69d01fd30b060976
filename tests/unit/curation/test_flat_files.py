# ruff: noqa: DTZ001 - instants in tables are UTC without a zone
"""Flat files: what Amazon's files are known to do, one by one."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from curation.errors import RefusedError

A = ("a", "string")
B = ("b", "string")


def refusal(function, *arguments, **named):
    with pytest.raises(RefusedError) as raised:
        function(*arguments, **named)
    return raised.value.code


def test_stray_quotes_are_data_and_line_ends_may_differ(flat):
    result = flat('a\tb\r\n12" pipe\t"x\r\ny\tz"\n\r\n\r\n', A, B)
    assert result.column("a") == ['12" pipe', "y"]
    assert result.column("b") == ['"x', 'z"']


def test_identical_lines_stay_two(flat):
    assert flat("a\tb\nx\ty\nx\ty\n", A, B).column("a") == ["x", "x"]


def test_quoted_files_may_hold_tabs_and_line_ends_in_values(flat):
    result = flat('"a"\t"b"\n"x\ty"\t"say ""hi"""\n"two\nlines"\t"z"\n', A, B, document={"quoting": "double"})
    assert result.column("a") == ["x\ty", "two\nlines"]
    assert result.column("b") == ['say "hi"', "z"]


def test_comma_separated_files(flat):
    assert flat('a,b\n"1,5",x\n', A, B, document={"format": "csv", "quoting": "double"}).column("a") == ["1,5"]


def test_a_lone_carriage_return_is_data(flat):
    result = flat("a\tb\r\none\rtwo\tx\r\ny\tz\r\n", A, B)
    assert result.column("a") == ["one\rtwo", "y"]


def test_short_rows_are_padded_and_long_ones_quarantined_with_their_line(flat):
    result = flat("a\tb\n1\n\n2\tx\ty\n3\tx\t\t\n4\tz\n", A, B)
    assert sorted(result.column("a")) == ["1", "3", "4"]
    (bad,) = result.quarantined
    assert (bad.line, bad.reason, bad.record) == (4, "has 3 values under 2 headers", "2\tx\ty")
    assert result.records["t"] == 4


def test_line_numbers_count_blank_lines_and_the_header(flat):
    result = flat("n\n1\n\n\nx\n2\ny\n", ("n", "int"))
    assert [(bad.line, bad.record) for bad in result.quarantined] == [(5, "x"), (7, "y")]


def test_row_numbers_can_be_a_column(flat):
    result = flat("a\nx\n\ny\n", A, {"name": "line", "from": "$row.number", "type": "bigint"})
    assert result.column("line") == [2, 4]


@pytest.mark.parametrize(
    ("charset", "header", "marketplace", "found"),
    [
        ("utf-8", None, "DE", "utf-8 (strict)"),
        ("cp1252", None, "DE", "cp1252 (code page)"),
        ("cp1252", "Cp1252", "DE", "cp1252 (header)"),
        ("cp1252", "ISO-8859-1", "DE", "cp1252 (header)"),
        ("utf-8", "UTF-8", "JP", "utf-8 (header)"),
        ("cp1252", "UTF-8", "DE", "cp1252 (code page)"),
        ("utf-8-sig", "Cp1252", "DE", "utf-8 (byte order mark)"),
    ],
)
def test_the_charset_is_the_headers_then_utf8_then_the_code_page(flat, charset, header, marketplace, found):
    result = flat("a\tb\nMüller €\tß\n".encode(charset), A, B, marketplace=marketplace, charset=header)
    assert result.column("a") == ["Müller €"]
    assert result.decoder.charset == found


def test_japanese_files_with_localised_headers(flat):
    asin = {"name": "asin", "from": "asin1", "type": "string", "aliases": {"ja_JP": ["商品ID"]}}
    result = flat(
        "商品名\t商品ID\n表①ソ\tB1\n".encode("cp932"),
        {"name": "title", "from": "item-name", "type": "string", "aliases": {"ja_JP": ["商品名"]}},
        asin,
        marketplace="JP",
        charset="Shift_JIS",
    )
    assert result.column("title") == ["表①ソ"]
    assert result.column("asin") == ["B1"]
    assert result.decoder.charset == "cp932 (header)"


def test_no_charset_fits(flat):
    assert refusal(flat, b"a\tb\n\x81\x8d\t\xff\n", A, B, marketplace="DE") == "CharsetUnknown"


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
    assert (result.column("moment"), result.column("day")) == ([datetime(2026, 11, 1, 23, 30)], [date(2026, 11, 2)])
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


def test_required_values_are_quarantined_when_missing(flat):
    result = flat("a\tb\nx\t\ny\t1\n", A, {"name": "b", "from": "b", "type": "string", "required": True})
    assert result.column("a") == ["y"]
    assert [(bad.line, bad.column, bad.reason) for bad in result.quarantined] == [(2, "b", "is required and missing")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "Empty"),
        (b"\n\r\n", "Empty"),
        (b"<html><body>503</body></html>", "WrongFormat"),
        (b'{"errorDetails":"no"}', "ErrorDocument"),
        (b"Date range exceeded. Report can be requested only upto 30 days\n", "WrongFormat"),
        (b"a\tb\n\x00\x01\x02", "Binary"),
        ("a\tb\n".encode("utf-16"), "CharsetUnknown"),
        (b"a\tb\n" + b"x" * 10_000_000 + b"\ty\n", "LineTooLong"),
    ],
)
def test_what_is_no_flat_file_is_refused_by_name(flat, content, code):
    assert refusal(flat, content, A, B, marketplace="DE") == code


@pytest.mark.parametrize("quoting", ["none", "double"])
@pytest.mark.parametrize(
    "content", ["a\tb", "a\tb\n", "a\tb\r\n\r\n\n", "a\tb\n\t\n  \t  \n", "\ufeffa\tb\n", "a\tb\n" + "\n" * 3_000_000]
)
def test_a_header_without_rows_is_refused(flat, quoting, content):
    assert refusal(flat, content, A, B, document={"quoting": quoting}) == "NoRows"


def test_a_header_without_rows_is_an_answer_where_the_contract_says_so(flat):
    assert flat("a\tb\n\n", A, B, document={"without_rows": "published"}).records == {}


def test_a_value_of_the_first_row_does_not_use_the_rows_up(flat):
    first = {"name": "first", "from": "$first_row.a", "type": "string"}
    assert refusal(flat, "a\tb\n\n", first, A, B) == "NoRows"
    assert flat("a\tb\n\nx\ty\n", first, A, B).column("first") == ["x"]


def test_rows_in_another_part_of_the_file_are_rows(flat):
    content = "a\tb\n" + "x\ty\n" * 400_000
    assert flat(content, A, B, parts=4).records == {"t": 400_000}


def test_rows_that_are_left_out_or_in_quarantine_are_rows(flat):
    table = {"where": [{"name": "not_this", "column": "a", "is": "x", "keep": False}]}
    assert flat("a\tb\nx\ty\n", A, B, table=table).excluded == {"not_this": 1}
    assert len(flat("a\tb\nx\ty\tz\n", A, B).quarantined) == 1


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
        ("timestamp", "2022-07-18T18:52:47+00:00", datetime(2022, 7, 18, 18, 52, 47)),
        ("timestamp", "2022-07-18T18:52:47+02:00", datetime(2022, 7, 18, 16, 52, 47)),
        ("timestamp", "2022-07-18T18:52:47", datetime(2022, 7, 18, 18, 52, 47)),
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
            datetime(2022, 7, 11, 8, 34, 18),
        ),
        (
            {"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"},
            "US",
            "2025-06-09 05:23:19 UTC",
            datetime(2025, 6, 9, 5, 23, 19),
        ),
        (
            {"type": "timestamp", "format": "%d/%m/%Y %H:%M:%S %Z"},
            "UK",
            "11/07/2022 01:34:18 BST",
            datetime(2022, 7, 11, 0, 34, 18),
        ),
        (
            {"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S %Z"},
            "IN",
            "2022-07-11 05:30:00 IST",
            datetime(2022, 7, 11),
        ),
        (
            {"type": "timestamp", "format": ["%d.%m.%Y %H:%M:%S", "%Y-%m-%d"], "zone": "marketplace"},
            "DE",
            "11.07.2022 01:34:18",
            datetime(2022, 7, 10, 23, 34, 18),
        ),
        (
            {"type": "timestamp", "format": ["%Y-%m-%d %H:%M:%S %Z", "%d.%m.%Y %H:%M:%S %Z", "iso8601"]},
            "DE",
            "11.07.2022 01:34:18 UTC",
            datetime(2022, 7, 11, 1, 34, 18),
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
    assert result.column("ended", "rows") == [datetime(2026, 11, 20, 10)] * 2
    assert result.column("currency", "rows") == ["EUR", "EUR"]
    assert result.excluded == {"row": 2, "summary": 1}
    assert result.records == {"summaries": 3, "rows": 3}
    assert result.quarantined == []
    assert result.decoder.unknown == set()


def test_parts_of_a_large_file_make_the_whole_with_exact_lines(flat):
    content = "n\ttext\n" + "".join(
        f"{number if number % 40_000 else 'x'}\t{'y' * 60}\n" for number in range(1, 100_001)
    )
    whole = flat(content, ("n", "int"))
    parts = flat(content, ("n", "int"), parts=3)
    assert sorted(parts.column("n")) == whole.column("n")
    assert len(whole.column("n")) == 99_998
    assert sorted(bad.line for bad in parts.quarantined) == [bad.line for bad in whole.quarantined] == [40_001, 80_001]


def test_a_charset_that_fails_deep_inside_starts_again(flat):
    content = ("v\n" + "plain text\n" * 200_000 + "Müller\n").encode("cp1252")
    result = flat(content, ("v", "string"), marketplace="DE")
    assert result.column("v")[-1] == "Müller"
    assert len(result.column("v")) == 200_001


QUOTED = {"document": {"quoting": "double"}}


def test_quoted_values_may_break_lines_and_hold_blank_ones(flat):
    content = 'a\tb\n"x"\t"one\n\ntwo"\n\n"y"\t"1"\t"2"\n"z"\t"three\r\n\r\nfour"\r\n'
    result = flat(content, A, B, {"name": "line", "from": "$row.number", "type": "bigint"}, **QUOTED)
    assert result.column("b") == ["one\n\ntwo", "three\r\n\r\nfour"]
    assert result.column("line") == [2, 7]
    assert [(bad.line, bad.reason) for bad in result.quarantined] == [(6, "has 3 values under 2 headers")]


def test_a_carriage_return_alone_is_data_in_quoted_files_too(flat):
    content = '"a"\t"b"\n"x\ry"\t1\r2\n\n"z"\t"say ""a\rb"""\n'
    result = flat(content, A, B, {"name": "line", "from": "$row.number", "type": "bigint"}, **QUOTED)
    assert list(zip(result.column("a"), result.column("b"), result.column("line"), strict=True)) == [
        ("x\ry", "1\r2", 2),
        ("z", 'say "a\rb"', 4),
    ]


def test_a_quote_amid_a_quoted_file_costs_no_row(flat):
    result = flat('"a"\t"b"\n"x"\t5" wide\n"y"\t6" wide\n"z"\t""\n', A, B, **QUOTED)
    assert list(zip(result.column("a"), result.column("b"), strict=True)) == [
        ("x", '5" wide'),
        ("y", '6" wide'),
        ("z", None),
    ]


@pytest.mark.parametrize("quoting", ["none", "double"])
def test_long_values_are_no_obstacle_where_a_line_is_split_by_hand(flat, quoting):
    long = "x" * 200_000
    result = flat(f"a\t{long}\ny\tz\n1\t2\t{long}\n", A, (long, "string"), document={"quoting": quoting})
    assert result.column("a") == ["y"]
    assert [bad.line for bad in result.quarantined] == [3]


def test_a_quote_that_is_never_closed_does_not_take_for_ever(flat):
    """Quotes counted from the start at each line end would take minutes here."""
    assert (
        refusal(
            flat,
            'a\t"b\n' + "x\ty\n" * 1_500_000,
            A,
            {"name": "b", "from": "b", "type": "string", "required": True},
            **QUOTED,
        )
        == "HeaderMissing"
    )


def test_nul_bytes_deep_inside_a_file(flat):
    assert refusal(flat, b"a\tb\n" + b"x\ty\n" * 3_000 + b"x\t\0\0\n", A, B) == "Binary"


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


def test_quotes_that_are_not_doubled_in_a_quoted_value_are_data(flat):
    result = flat('"a"\t"b"\n"27" tv"\t"x"\n"tv 27""\t"y"\n"a ""b"" c"\t"z"\n', A, B, **QUOTED)
    assert list(zip(result.column("a"), result.column("b"), strict=True)) == [
        ('27" tv', "x"),
        ('tv 27"', "y"),
        ('a "b" c', "z"),
    ]


def test_a_stray_quote_takes_no_other_row_along(flat):
    content = 'a\tb\tc\n1\t"Tube TV\tx\n"2"\t"TV"\t"y"\n3\tTV 27"\tz\n'
    result = flat(content, A, B, ("c", "string"), **QUOTED)
    assert list(zip(result.column("a"), result.column("b"), result.column("c"), strict=True)) == [
        ("1", '"Tube TV', "x"),
        ("2", "TV", "y"),
        ("3", 'TV 27"', "z"),
    ]


def test_lines_that_may_be_one_record_or_two_are_quarantined_and_no_others(flat):
    result = flat('a\tb\tc\n1\t"Tube TV\tx\n2\tTV 27"\ty\n3\tTV\tz\n', A, B, ("c", "string"), **QUOTED)
    assert (result.column("a"), result.column("c")) == (["3"], ["z"])
    (bad,) = result.quarantined
    assert (bad.line, bad.reason, bad.record) == (
        2,
        "has a quote that is not closed within the row",
        '1\t"Tube TV\tx\n2\tTV 27"\ty',
    )


def test_a_quote_too_much_that_makes_one_value_of_several_is_seen(flat):
    result = flat('"a"\t"b"\t"c"\n"1"\t"two\tthree"\n"4"\t"5"\t"6"\n', A, B, ("c", "string"), **QUOTED)
    assert result.column("a") == ["4"]
    assert [(bad.line, bad.reason) for bad in result.quarantined] == [
        (2, "has 2 values under 3 headers, one of which holds the delimiter")
    ]


@pytest.mark.parametrize("stray", ['"27" tv', '27" tv'], ids=["two quotes", "one quote"])
def test_a_stray_quote_at_the_start_of_a_large_file_refuses_nothing(flat, stray):
    rows = "".join(f'"{number}"\t"{"y" * 60}"\n' for number in range(120_000))
    result = flat(
        f'"a"\t"b"\n{stray}\t"x"\n{rows}', A, B, {"name": "line", "from": "$row.number", "type": "bigint"}, **QUOTED
    )
    assert result.column("a") == [stray, *map(str, range(120_000))]
    assert result.column("line") == list(range(2, 120_003))


@pytest.mark.parametrize("quoting", ["none", "double"])
@pytest.mark.parametrize(
    ("content", "cut"),
    [
        ("x\ty\nz", True),
        ("x\ty\n\nz", True),
        ("z", True),
        ('x\ty\n"z', True),
        ("x\ty\nz\tw", False),
        ("x\nz", False),
        ("x\ty\nz\n", False),
    ],
)
def test_a_file_that_ends_amid_a_line_is_truncated(flat, quoting, content, cut):
    """A line without an end may be whole, and lines may leave empty values out at their ends: then others do so too."""
    if cut:
        assert refusal(flat, "a\tb\n" + content, A, B, document={"quoting": quoting}) == "Truncated"
    else:
        result = flat("a\tb\n" + content, A, B, document={"quoting": quoting})
        assert len(result.column("a")) == result.records["t"] == content.rstrip().count("\n") + 1
        assert result.quarantined == []
