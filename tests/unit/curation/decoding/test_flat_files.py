"""Flat files without quotes: lines, line ends, what is no flat file."""

import pytest

from tests.unit.curation.refusals import refusal

A = ("a", "string")
B = ("b", "string")


def test_stray_quotes_are_data_and_line_ends_may_differ(flat):
    result = flat('a\tb\r\n12" pipe\t"x\r\ny\tz"\n\r\n\r\n', A, B)
    assert result.column("a") == ['12" pipe', "y"]
    assert result.column("b") == ['"x', 'z"']


def test_identical_lines_stay_two(flat):
    assert flat("a\tb\nx\ty\nx\ty\n", A, B).column("a") == ["x", "x"]


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


def test_rows_in_another_part_of_the_file_are_rows(flat):
    content = "a\tb\n" + "x\ty\n" * 400_000
    assert flat(content, A, B, parts=4).records == {"t": 400_000}


def test_rows_that_are_left_out_or_in_quarantine_are_rows(flat):
    table = {"where": [{"name": "not_this", "column": "a", "is": "x", "keep": False}]}
    assert flat("a\tb\nx\ty\n", A, B, table=table).excluded == {"not_this": 1}
    assert len(flat("a\tb\nx\ty\tz\n", A, B).quarantined) == 1


def test_parts_of_a_large_file_make_the_whole_with_exact_lines(flat):
    content = "n\ttext\n" + "".join(
        f"{number if number % 40_000 else 'x'}\t{'y' * 60}\n" for number in range(1, 100_001)
    )
    whole = flat(content, ("n", "int"))
    parts = flat(content, ("n", "int"), parts=3)
    assert sorted(parts.column("n")) == whole.column("n")
    assert len(whole.column("n")) == 99_998
    assert sorted(bad.line for bad in parts.quarantined) == [bad.line for bad in whole.quarantined] == [40_001, 80_001]


@pytest.mark.parametrize("quoting", ["none", "double"])
def test_long_values_are_no_obstacle_where_a_line_is_split_by_hand(flat, quoting):
    long = "x" * 200_000
    result = flat(f"a\t{long}\ny\tz\n1\t2\t{long}\n", A, (long, "string"), document={"quoting": quoting})
    assert result.column("a") == ["y"]
    assert [bad.line for bad in result.quarantined] == [3]


def test_nul_bytes_deep_inside_a_file(flat):
    assert refusal(flat, b"a\tb\n" + b"x\ty\n" * 3_000 + b"x\t\0\0\n", A, B) == "Binary"


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
