"""The fast path: whole columns cast in Arrow.

What cannot be cast exactly raises CannotCastError, and the values are then read one by one (see `values`).
"""

from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.conforming.values import FALSE, TRUE
from curation.contracts.arrow_types import arrow_type
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column

DATE_LENGTH = len("2026-11-01")
END_OF_2036 = 2_114_380_800_000_000
"""In microseconds since 1970."""
NO_TEXT = pa.scalar(None, pa.string())
MOST_DIGITS = 38
LARGEST_EXACT = 10**15
"""Decimals of up to 15 digits and doubles correspond one to one (IEEE 754, DBL_DIG)."""


FIRST_MOMENT = datetime.combine(date.min, time.min)
LAST_MOMENT = datetime.combine(date.max, time.max)


class CannotCastError(Exception):
    """At least one value of the column needs the slow path."""


def cast_text(texts: pa.Array, column: Column, rules: LocaleRules) -> pa.Array:
    """Return a text column as the column's type, empty texts as null. Raises CannotCastError."""
    if column.type == "string":
        return _nulled(texts)
    texts = _nulled(texts)
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), arrow_type(column))
    try:
        return _cast_text(texts, column, rules)
    except pa.ArrowInvalid as error:
        raise CannotCastError from error


def cast_numbers(numbers: pa.Array, column: Column) -> pa.Array:
    """Return a column of JSON numbers (int64 or double) or booleans as the column's type. Raises CannotCastError."""
    if column.decimal:
        return exact_decimals(numbers, *column.decimal)
    try:
        return numbers.cast(arrow_type(column))
    except pa.ArrowInvalid as error:
        raise CannotCastError from error


def exact_decimals(numbers: pa.Array, precision: int, scale: int) -> pa.Array:
    """Return doubles as the decimals they were written as.

    The nearest decimal with `scale` decimals is taken where dividing it back gives the same double and it has at most
    15 digits: no other decimal of that length has this double, so it is the text's value. Anything else raises
    CannotCastError.
    """
    missing = np.asarray(numbers.is_null())
    doubles = np.where(missing, 0.0, np.asarray(numbers.fill_null(0.0), dtype=np.float64))
    power = 10.0**scale
    with np.errstate(over="ignore"):  # what overflows is too large, and is found below
        scaled = np.rint(doubles * power)
    limit = min(LARGEST_EXACT, 10**precision)
    if not bool(np.all(np.abs(scaled) < limit)) or not bool(np.all(scaled / power == doubles)):
        raise CannotCastError
    words: Any = np.empty((len(doubles), 2), dtype=np.int64)
    words[:, 0] = scaled.astype(np.int64)
    words[:, 1] = words[:, 0] >> 63
    validity = None if not missing.any() else pa.array(~missing).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(doubles), [validity, pa.py_buffer(words)])


def _nulled(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), NO_TEXT, texts)


def _cast_text(texts: pa.Array, column: Column, rules: LocaleRules) -> pa.Array:
    if column.type == "timestamp":
        return _within(_timestamps(texts, column, rules), FIRST_MOMENT, LAST_MOMENT)
    if column.type == "date":
        return _within(_dates(texts, column, rules), FIRST_MOMENT.date(), LAST_MOMENT.date())
    if column.type == "boolean":
        return _booleans(texts)
    if rules.decimal_mark != ".":
        if pc.any(pc.match_substring(texts, ".")).as_py():
            raise CannotCastError  # a group mark here, a decimal mark for Arrow
        texts = pc.replace_substring(texts, rules.decimal_mark, ".")
    if column.type == "double":
        numbers = texts.cast(pa.float64())
        if not pc.all(pc.is_finite(numbers)).as_py():
            raise CannotCastError
        return numbers
    if _may_hold(texts, b"eExX"):
        # Arrow reads hexadecimal integers, and takes 1.4307834903571138e-27 for a zero among decimals
        raise CannotCastError
    if column.decimal and pc.max(pc.binary_length(texts)).as_py() > MOST_DIGITS - column.decimal[1]:
        # Arrow 22 casts what its 128 bits do not hold, once scaled, to a wrong decimal and raises nothing
        raise CannotCastError
    return texts.cast(arrow_type(column))


def _may_hold(texts: pa.Array, signs: bytes) -> bool:
    """Tell whether any of the texts may hold one of the signs.

    The whole buffer is searched, which is much cheaper than searching each text, and may hold other texts as well.
    """
    data = texts.buffers()[2]
    content = data.to_pybytes() if data else b""
    return any(sign in content for sign in signs)


def _within(array: pa.Array, first: object, last: object) -> pa.Array:
    """Return the dates or instants.

    Raises CannotCastError where one, moved to its zone, lies before the year 1 or after 9999, which no reader knows.
    """
    found = pc.min_max(array)
    low, high = pc.struct_field(found, "min"), pc.struct_field(found, "max")
    if pc.or_(pc.less(low, pa.scalar(first, array.type)), pc.greater(high, pa.scalar(last, array.type))).as_py():
        raise CannotCastError
    return array


def _booleans(texts: pa.Array) -> pa.Array:
    plain = pc.equal(texts, "true")
    if pc.all(pc.or_(plain, pc.equal(texts, "false"))).as_py():
        return plain
    lowered = pc.utf8_lower(texts)
    true = pc.is_in(lowered, value_set=pa.array(sorted(TRUE)))
    false = pc.is_in(lowered, value_set=pa.array(sorted(FALSE)))
    known = pc.or_(pc.or_(true, false), pc.is_null(texts))
    if not pc.all(known).as_py():
        raise CannotCastError
    return pc.if_else(pc.is_null(texts), pa.scalar(None, pa.bool_()), true)


def _dates(texts: pa.Array, column: Column, rules: LocaleRules) -> pa.Array:
    if column.formats == ("iso8601",):
        lengths = pc.min_max(pc.binary_length(texts))
        if lengths["max"].as_py() <= DATE_LENGTH:
            return texts.cast(pa.date32())
        if lengths["min"].as_py() <= DATE_LENGTH:
            raise CannotCastError  # dates among instants: a date is the same everywhere, an instant is not
        instants = texts.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", tz=rules.zone_name(column.zone)))
        _require_known_offsets(instants)
        return pc.local_timestamp(instants).cast(pa.date32(), safe=False)
    if any("%H" in pattern for pattern in column.formats):
        raise CannotCastError
    parsed = _first_parsed(texts, column.formats)
    return parsed.cast(pa.date32())


def _timestamps(texts: pa.Array, column: Column, rules: LocaleRules) -> pa.Array:
    if column.formats == ("iso8601",):
        return texts.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us"))
    if len(column.formats) == 1 and column.formats[0].endswith("%Z"):
        return _abbreviated(texts, column.formats[0], rules)
    if "iso8601" in column.formats or any(mark in pattern for pattern in column.formats for mark in ("%z", "%Z", "%f")):
        raise CannotCastError
    local = _first_parsed(texts, column.formats)
    zone = rules.zone_name(column.zone)
    if zone == "UTC":
        return local
    _require_known_offsets(local)
    return (
        pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="raise")
        .cast(pa.timestamp("us", tz="UTC"))
        .cast(pa.timestamp("us"))
    )


def _require_known_offsets(moments: pa.Array) -> None:
    """Raise CannotCastError where a moment lies outside of the years for which Arrow knows the time zones' offsets.

    After 2037 it knows no summer time.
    """
    bounds = pc.min_max(moments.cast(pa.int64()))
    if bounds["min"].as_py() < 0 or bounds["max"].as_py() >= END_OF_2036:
        raise CannotCastError


def _abbreviated(texts: pa.Array, pattern: str, rules: LocaleRules) -> pa.Array:
    """Read texts that end in a zone abbreviation.

    The zone is looked up once per abbreviation, and the rest is parsed as a whole column.
    """
    parts = pc.extract_regex(texts, r"^(?P<local>.*) (?P<zone>[A-Z]{1,5})$")
    if parts.null_count > texts.null_count:
        raise CannotCastError
    local = _first_parsed(pc.struct_field(parts, "local"), (pattern.removesuffix("%Z").rstrip(),))
    encoded = pc.dictionary_encode(pc.struct_field(parts, "zone"))
    try:
        offsets = pa.array(
            [rules.offset(zone) * 60_000_000 for zone in encoded.dictionary.to_pylist()], pa.int64()
        ).cast(pa.duration("us"))
    except ValueError as error:
        raise CannotCastError from error
    return pc.subtract(local, offsets.take(encoded.indices))


def _first_parsed(texts: pa.Array, patterns: tuple[str, ...]) -> pa.Array:
    """Parse each text by the first pattern that fits it.

    The C library takes 31.02. for 3 March and the year 24 for 24: only what is written back the same counts as read,
    the rest is left to Python.
    """
    parsed: pa.Array | None = None
    for pattern in patterns:
        known = "%Y-%m-%d" if pattern == "iso8601" else pattern
        whole = known if "%d" in known else known + " %d"
        source = texts if "%d" in known else pc.binary_join_element_wise(texts, "01", " ")
        attempt = pc.strptime(source, format=whole, unit="s", error_is_null=True)
        faithful = pc.equal(pc.strftime(attempt, format=whole), source)
        attempt = pc.if_else(faithful, attempt, pa.scalar(None, attempt.type))
        parsed = attempt if parsed is None else pc.coalesce(parsed, attempt)
    if parsed is None or parsed.null_count > texts.null_count:
        raise CannotCastError
    return parsed.cast(pa.timestamp("us"))
