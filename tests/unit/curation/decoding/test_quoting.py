"""Quoted lines by hand: values with delimiters, line breaks, and quotes that nobody doubled."""

import pytest
from curation.decoding.quoting import has_stray_quote, records, split


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ('"a"\tb\t""', ["a", "b", ""]),
        ('"a\tb"\tc', ["a\tb", "c"]),
        ('"say ""x"""\ty', ['say "x"', "y"]),
        ('27" tv\t\tx', ['27" tv', "", "x"]),
        ('"27" tv"\t\t"x"', ['27" tv', "", "x"]),
        ('"27" tv"\t"\t', ['27" tv', '"', ""]),
        ("", [""]),
        ("\t", ["", ""]),
    ],
)
def test_a_line_gives_its_values(line, values):
    assert split(line, "\t") == values


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("a\tb\n", False),
        ('"a"\t"b"\n', False),
        ('a\t"b"\r\n"c"\t""\n', False),
        ('"say ""x"""\t"b"', False),
        ('5" wide\tb\n', True),
        ('"a"\tb"c\n', True),
        ('x"y', True),
    ],
)
def test_a_quote_amid_a_value_is_seen(text, stray):
    assert has_stray_quote(text.encode(), "\t") is stray


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"a\tb"\t"c\nd"\n', [(0, ["a\tb", "c\nd"])]),
        ('"1"\t"x\n\ny"\n\n"2"\t"z"\n', [(0, ["1", "x\n\ny"]), (4, ["2", "z"])]),
        ('1\t"x\n2\ty"\n3\tz\n', [(0, None), (2, ["3", "z"])]),
        ('1\t"x\n2\ty\n', [(0, ["1", '"x']), (1, ["2", "y"])]),
        ('1\t"x\t3\n2\ty\n', [(0, None), (1, ["2", "y"])]),
    ],
)
def test_a_record_over_several_lines_is_one_where_nothing_else_can_be_meant(text, found):
    assert [(at, values) for at, values, _ in records(text, "\t", 2)] == found


def test_a_value_may_run_over_fifty_lines_and_no_more():
    for lines, values in ((50, ["1", "\n".join("x" * 50)]), (51, ["1", '"x'])):
        text = '1\t"' + "\n".join("x" * lines) + '"\n'
        assert next(records(text, "\t", 2))[1] == values
