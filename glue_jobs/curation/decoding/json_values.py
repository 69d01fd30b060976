"""Parsing the text of JSON values so that every number keeps all its digits."""

import json
from decimal import Decimal
from typing import Any

import numpy as np
import orjson

from curation.errors import RefusedError

_FOUR_DIGITS = np.uint32(0x01010101)


def parsed_values(chunk: bytes) -> tuple[list[Any], bool] | None:
    """Return the values of a chunk and whether they hold exact decimals.

    None when the chunk is not a sequence of whole JSON values. A double is exact for up to 15 digits: a chunk with
    longer numbers (or longer digit strings) is parsed with exact decimals.
    """
    whole = b"".join((b"[", chunk, b"]"))
    if not has_long_number(chunk):
        try:
            return orjson.loads(whole), False
        except orjson.JSONDecodeError:
            pass
    try:
        return json.loads(whole.decode(), parse_float=Decimal, parse_constant=_no_number), True
    except UnicodeDecodeError as error:
        raise RefusedError("CharsetUnknown", "the JSON document is not UTF-8") from error
    except ValueError:
        return None


def has_long_number(chunk: bytes) -> bool:
    """Tell whether 16 digits or points stand in a row.

    In numpy, because a regular expression takes five times as long as parsing.
    """
    digits = (
        np.frombuffer(chunk, np.uint8) - np.uint8(ord("."))
    ) < 12  # point, slash and digits; a slash too many costs a slower parse, nothing else
    fours = digits[: len(digits) // 4 * 4].view(np.uint32) == _FOUR_DIGITS
    if not bool((fours[2:] & fours[1:-1] & fours[:-2]).any()):
        return False  # sixteen in a row cover three times four, of which each begins at a multiple of four
    for step in (1, 2, 4, 8):
        digits = digits[step:] & digits[:-step]
    return bool(digits.any())


def _no_number(name: str) -> Decimal:
    """Take NaN and Infinity, which are not JSON, as numbers that fit no type."""
    return Decimal(name)
