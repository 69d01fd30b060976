"""Reading quoted flat files line by line, where pyarrow cannot.

It cannot where a line break stands inside a value, and where the quotes do not add up. A stray quote must not affect
other rows: the number of its values decides what a row is, and quotes are never counted through the file.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

LONGEST_VALUE = 50
"""Lines that a value may run over."""

_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_QUOTE, _LINE_FEED, _CARRIAGE_RETURN = b'"\n\r'


def has_stray_quote(data: bytes, delimiter: str) -> bool:
    """Tell whether a quote stands inside a value: neither where one begins or ends, nor next to another quote."""
    signs: Any = np.frombuffer(data, np.uint8)
    at = np.flatnonzero(signs == _QUOTE)
    if not len(at):
        return False
    before, after = signs[np.maximum(at - 1, 0)], signs[np.minimum(at + 1, len(signs) - 1)]
    begins = (at == 0) | (before == ord(delimiter)) | (before == _LINE_FEED) | (before == _QUOTE)
    ends = (
        (at == len(signs) - 1)
        | (after == ord(delimiter))
        | (after == _LINE_FEED)
        | (after == _CARRIAGE_RETURN)
        | (after == _QUOTE)
    )
    return not bool((begins | ends).all())


def adds_up(signs: Any, quotes: Any, delimiter: str) -> bool:
    """Tell whether every other quote opens a value and those between close one, or two stand for one inside a value.

    `signs` are bytes that begin outside of quotes and may end inside of them, `quotes` where the quotes are. Where they
    add up, a line that ends after an even number of them ends a record.
    """
    # Before the first byte and after the last one stands, here, that byte: where it is a quote, it opens or closes.
    before = signs[np.maximum(quotes[0::2] - 1, 0)]
    after = signs[np.minimum(quotes[1::2] + 1, len(signs) - 1)]
    opens = (before == ord(delimiter)) | (before == _LINE_FEED) | (before == _QUOTE)
    closes = (after == ord(delimiter)) | (after == _LINE_FEED) | (after == _CARRIAGE_RETURN) | (after == _QUOTE)
    return bool(opens.all() and closes.all())


def split_strictly(line: str, delimiter: str) -> list[str] | None:
    """Return the values of a line whose quotes add up, None for any other line.

    They add up where each quoted value closes before a delimiter or the end.
    """
    values: list[str] = []
    at = 0
    while True:
        if line.startswith('"', at):
            quoted = _QUOTED.match(line, at)
            if quoted is None or (quoted.end() < len(line) and line[quoted.end()] != delimiter):
                return None
            value, at = quoted[1].replace('""', '"'), quoted.end()
        else:
            end = line.find(delimiter, at)
            start, at = at, len(line) if end < 0 else end
            value = line[start:at]
        values.append(value)
        if at >= len(line):
            return values
        at += 1


def split_loosely(line: str, delimiter: str) -> list[str]:
    """Return the values of a line whose writer did not double the quotes inside values.

    Only the quotes around a whole value are removed; others are data.
    """
    return [
        value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value for value in line.split(delimiter)
    ]


def split(line: str, delimiter: str) -> list[str]:
    """Return the values of one line."""
    strict = split_strictly(line, delimiter)
    return split_loosely(line, delimiter) if strict is None else strict


def records(text: str, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None, str]]:
    """Yield the records of a block of whole lines: on which line of it each begins (from 0), its values, and its text.

    The values are None where they are not certain: a quote is opened and not closed, and the line does not have `width`
    values without it; or lines may be one record as well as several.
    """
    lines = text.removesuffix("\n").split("\n")
    at = 0
    while at < len(lines):
        values, taken, _ = _record(lines, at, delimiter, width)
        if taken > 1 or lines[at].removesuffix("\r"):
            yield at, values, _joined(lines, at, taken)
        at += taken


def end_of_records(data: bytes, delimiter: str, width: int) -> int:
    """Return where the first record begins that may go on after the last line of the data that has an end.

    Whatever follows, `records` reads what is before as it does now. Quotes, delimiters and line ends are the same bytes
    in every charset that flat files have.
    """
    signs: Any = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(signs == _LINE_FEED) + 1
    if not len(ends):
        return 0
    lines = data.decode("latin-1").split("\n")[:-1]
    next_record = 0
    for line in _lines_not_whole(signs[: ends[-1]], ends, delimiter):
        if line >= next_record:
            _, taken, certain = _record(lines, line, delimiter, width)
            if not certain:
                return int(ends[line - 1]) if line else 0
            next_record = line + taken
    return int(ends[-1])


def _lines_not_whole(signs: Any, ends: Any, delimiter: str) -> list[int]:
    """Return the lines whose quotes do not add up within the line: every other line is a record, or inside of one."""
    quotes = np.flatnonzero(signs == _QUOTE)
    lines: Any = np.searchsorted(ends, quotes, side="right")
    opening = (np.arange(len(quotes)) - np.searchsorted(lines, lines)) % 2 == 0
    before, after, afterwards = (signs[np.clip(quotes + step, 0, len(signs) - 1)] for step in (-1, 1, 2))
    opens = (before == ord(delimiter)) | (before == _LINE_FEED) | (before == _QUOTE)
    closes = (after == ord(delimiter)) | (after == _LINE_FEED) | (after == _QUOTE)
    closes |= (after == _CARRIAGE_RETURN) & (afterwards == _LINE_FEED)
    left_open = opening & np.append(lines[1:] != lines[:-1], True)
    found: list[int] = np.unique(lines[left_open | ~np.where(opening, opens, closes)]).tolist()
    return found


def _joined(lines: Sequence[str], at: int, taken: int) -> str:
    return "\n".join(lines[at : at + taken]).removesuffix("\r")


def _record(lines: Sequence[str], at: int, delimiter: str, width: int) -> tuple[list[str] | None, int, bool]:
    """Return the values of the record that begins on a line, the number of its lines, and whether both are certain.

    They are not where more lines than there are might say otherwise.
    """
    strict = split_strictly(_joined(lines, at, 1), delimiter)
    if strict is not None:
        return strict, 1, True
    certain = True
    loose = split_loosely(_joined(lines, at, 1), delimiter)
    if any(value.startswith('"') for value in loose):
        for taken in range(2, min(LONGEST_VALUE, len(lines) - at) + 1):
            joined = split_strictly(_joined(lines, at, taken), delimiter)
            if joined is not None and len(joined) == width:
                # This may be one value over several lines that holds the delimiter, or rows with a stray quote each:
                # the file does not say which. Nor does it where each of the lines has as many values as a row.
                ambiguous = any("\n" in value and delimiter in value for value in joined) or (
                    width > 1 and all(len(split_loosely(line, delimiter)) == width for line in lines[at : at + taken])
                )
                return (None if ambiguous else joined), taken, True
            if '"' not in lines[at + taken - 1] and delimiter in lines[at + taken - 1]:
                break
        else:
            certain = len(lines) - at >= LONGEST_VALUE
    return (loose if len(loose) == width else None), 1, certain
