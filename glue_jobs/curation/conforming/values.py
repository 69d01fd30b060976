"""The slow path: the strict reading of one value, with the reason when it does not fit.

It is the reference for the fast path (see `casting`).
"""

import json
import math
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column

TRUE = frozenset({"true", "yes", "y", "1"})
FALSE = frozenset({"false", "no", "n", "0"})
NO_YEAR = "is before the year 1 or after 9999 in its zone"
_EXACT = Context(prec=60)
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
_INTEGERS = {"int": 2**31, "bigint": 2**63}


def parse_text(text: str, column: Column, rules: LocaleRules) -> object:
    """Return the value that a text stands for, None for an empty one.

    Raises ValueError with the reason, which never repeats the value.
    """
    if column.type == "string":
        return text or None
    text = text.strip()
    if not text:
        return None
    if column.type in _INTEGERS or column.type == "double" or column.decimal:
        return _from_number(parse_number(text, rules), column)
    if column.type == "boolean":
        return _boolean(text)
    return parse_date(text, column, rules) if column.type == "date" else parse_timestamp(text, column, rules)


def parse_json(value: Any, column: Column, rules: LocaleRules) -> object:
    """Return the value that a JSON value stands for.

    Raises ValueError with the reason, which never repeats the value.
    """
    if value is None:
        return None
    if column.type == "string":
        return _text(value) if isinstance(value, str) else json_text(value)
    if isinstance(value, str):
        return parse_text(value, column, rules)
    if isinstance(value, bool):
        if column.type == "boolean":
            return value
        raise ValueError(f"is a boolean, not {column.type}")
    if isinstance(value, int | float | Decimal):
        return _from_number(value, column)
    raise ValueError(f"is {'a list' if isinstance(value, list) else 'an object'}, not {column.type}")


def parse_number(text: str, rules: LocaleRules) -> Decimal:
    """Return the exact number that a text stands for in a locale.

    Group marks must stand between groups of three digits.
    """
    whole, mark, fraction = text.partition(rules.decimal_mark)
    if any(sign in rules.group_marks for sign in whole):
        groups = re.split("[" + re.escape(rules.group_marks) + "]", whole.lstrip("+-"))
        if not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            raise ValueError("is not a number: digits are not grouped by three")
        whole = whole[: len(whole) - len(whole.lstrip("+-"))] + "".join(groups)
    plain = whole + ("." if mark else "") + fraction
    if not _NUMBER.match(plain):
        raise ValueError("is not a number")
    return Decimal(plain)


def parse_date(text: str, column: Column, rules: LocaleRules) -> date:
    """Return the date a text stands for; of an instant, the date in the column's zone."""
    for pattern in column.formats:
        try:
            if pattern != "iso8601":
                moment = _parsed(text, pattern)
                return _in_zone(moment, column, rules).date() if "%H" in pattern else moment.date()
            return (
                date.fromisoformat(text)
                if len(text) == 10
                else _in_zone(datetime.fromisoformat(text), column, rules).date()
            )
        except ValueError as error:
            if str(error) == NO_YEAR:
                raise
    raise ValueError(f"is not a date written as {' or '.join(column.formats)}")


def parse_timestamp(text: str, column: Column, rules: LocaleRules) -> datetime:
    """Return the instant a text stands for, in UTC and without zone."""
    for pattern in column.formats:
        try:
            moment = datetime.fromisoformat(text) if pattern == "iso8601" else _strptime(text, pattern, rules)
        except ValueError as error:
            if "time zone" in str(error) or str(error) == NO_YEAR:
                raise
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=rules.zone(column.zone))
        return _moved(moment, UTC).replace(tzinfo=None)
    raise ValueError(f"is not an instant written as {' or '.join(column.formats)}")


def _parsed(text: str, pattern: str) -> datetime:
    """Return the moment that a text stands for, without a zone unless the pattern has one: the caller adds the zone."""
    return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the column's, the marketplace's or the text's


def _strptime(text: str, pattern: str, rules: LocaleRules) -> datetime:
    if not pattern.endswith("%Z"):
        return _parsed(text, pattern)
    local, _, abbreviation = text.rpartition(" ")
    moment = _parsed(local, pattern.removesuffix("%Z").rstrip())
    try:
        return moment.replace(tzinfo=UTC) - timedelta(minutes=rules.offset(abbreviation))
    except OverflowError as error:
        raise ValueError(NO_YEAR) from error


def _in_zone(moment: datetime, column: Column, rules: LocaleRules) -> datetime:
    return moment if moment.tzinfo is None else _moved(moment, rules.zone(column.zone))


def _moved(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError as error:
        raise ValueError(NO_YEAR) from error


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered in TRUE:
        return True
    if lowered in FALSE:
        return False
    raise ValueError("is not a boolean")


def _from_number(value: float | Decimal, column: Column) -> object:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError("is not a finite number")
    if column.type in _INTEGERS:
        return _integer(exact, column)
    if column.decimal:
        return _decimal(exact, column)
    if column.type == "double":
        return _double(exact)
    raise ValueError(f"is a number, not a {column.type}")


def _integer(number: Decimal, column: Column) -> int:
    if number.adjusted() > 40:
        raise ValueError(f"is too large for {column.type}")
    if number != number.to_integral_value():
        raise ValueError("is not a whole number")
    whole = int(number)
    limit = _INTEGERS[column.type]
    if not -limit <= whole < limit:
        raise ValueError(f"is too large for {column.type}")
    return whole


def _double(number: Decimal) -> float:
    double = float(number)
    if math.isinf(double):
        raise ValueError("is too large for double")
    return double


def _decimal(number: Decimal, column: Column) -> Decimal:
    precision, scale = column.decimal or (38, 0)
    if number and number.adjusted() >= precision - scale:
        raise ValueError(f"is too large for {column.type}")
    try:
        fitted = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    except InvalidOperation as error:
        raise ValueError(f"does not fit {column.type}") from error
    if fitted != number:
        raise ValueError(f"has more than {scale} decimals")
    return fitted


def _text(value: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a surrogate pair, which is no text") from error
    return value or None


def json_text(value: Any) -> str:
    """Return a JSON value as text: objects and lists as JSON, numbers as they were written.

    What UTF-8 cannot hold is escaped.
    """
    if isinstance(value, Decimal):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), default=str)
    return text
