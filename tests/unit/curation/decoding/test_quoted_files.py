"""Quoted flat files: values over several lines, and quotes that do not add up."""

import pytest

from tests.unit.curation.refusals import refusal

A = ("a", "string")
B = ("b", "string")
QUOTED = {"document": {"quoting": "double"}}


def test_quoted_files_may_hold_tabs_and_line_ends_in_values(flat):
    result = flat('"a"\t"b"\n"x\ty"\t"say ""hi"""\n"two\nlines"\t"z"\n', A, B, document={"quoting": "double"})
    assert result.column("a") == ["x\ty", "two\nlines"]
    assert result.column("b") == ['say "hi"', "z"]


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


def test_lines_with_as_many_values_as_a_row_are_not_joined_to_one(flat):
    result = flat('a\tb\tc\n"\t"\t"\n"\t"\t"\n3\tTV\tz\n', A, B, ("c", "string"), **QUOTED)
    assert result.column("a") == ["3"]
    assert [(bad.line, bad.record) for bad in result.quarantined] == [(2, '"\t"\t"\n"\t"\t"')]


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
