"""Ledger items as DynamoDB items: values by the types of their fields."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from ingestion.errors import LedgerItemIncomplete
from ingestion.instants import from_epoch, iso, parse_instant
from ingestion.ledger.item import Item
from ingestion.ledger.windows import LedgerWindow

from adapters.ledger_keys import due_of, key_of

_I = TypeVar("_I", bound=Item)
_serializer, _deserializer = TypeSerializer(), TypeDeserializer()
_EPOCH = frozenset({"next_action_at", "expires_at"})
Wire = dict[str, Any]
"""An item as boto3's client takes and returns it."""


def encode(item: Item) -> Wire:
    """A DynamoDB item, one write older than the item: `lock` is counted up.

    `expires_at` is epoch seconds, as time to live wants it.
    """
    values = {field.name: _plain(getattr(item, field.name)) for field in dataclasses.fields(item)}
    values = {name: value for name, value in values.items() if value is not None}
    values["pk"], values["sk"] = key_of(item)
    values["item"] = type(item).__name__
    values["lock"] = item.lock + 1
    values.pop("next_action_at", None)
    due = due_of(item)
    if due is not None:
        values["due_shard"], values["next_action_at"] = due[0], epoch(due[1])
    expires_at = getattr(item, "expires_at", None)
    if isinstance(expires_at, datetime):
        values["expires_at"] = int(expires_at.timestamp())
    return {name: _serializer.serialize(value) for name, value in values.items()}


def decode(kind: type[_I], wire: Mapping[str, Any]) -> _I:
    """The item that a DynamoDB item holds.

    LedgerItemIncomplete names the item and the field that is missing or is not of its type.
    """
    values = {name: _deserializer.deserialize(value) for name, value in wire.items()}
    item = f"{values.get('pk')} {values.get('sk')}"
    if values.get("item") != kind.__name__:
        raise LedgerItemIncomplete(f"the ledger's item {item} is a {values.get('item')}, not a {kind.__name__}")
    if kind is not LedgerWindow:
        values.pop("next_action_at", None)  # of the index; only windows have a field of this name
    for name in _EPOCH & values.keys():
        number = values[name]
        whole = name != "expires_at" or (isinstance(number, Decimal) and number == number.to_integral_value())
        values[name] = _Seconds(number) if isinstance(number, Decimal) and whole else number
    result: _I = _built(kind, values, item)
    return result


def epoch(instant: datetime) -> Decimal:
    """Epoch seconds to the millisecond, as the index keeps instants."""
    return Decimal(str(round(instant.timestamp(), 3)))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    if dataclasses.is_dataclass(value):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {name: element for name, element in fields.items() if element is not None}
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _built(kind: type, values: Mapping[str, Any], item: str) -> Any:
    """An instance of a dataclass; attributes that it has no field for are left out.

    An absent field takes its default, or None where its type allows it: None is not written.
    """
    hints = _hints(kind)
    given = {}
    for field in dataclasses.fields(kind):
        place = f"{kind.__name__}.{field.name}"
        if field.name in values:
            given[field.name] = _typed(hints[field.name], values[field.name], item, place)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            if NoneType not in get_args(hints[field.name]):
                raise LedgerItemIncomplete(f"the ledger's item {item} lacks {place}")
            given[field.name] = None
        elif _is_state(hints[field.name]):
            # Every write has it, whatever its default: without it, the item would be taken for a new one.
            raise LedgerItemIncomplete(f"the ledger's item {item} lacks {place}")
    return kind(**given)


def _is_state(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, StrEnum)


class _Seconds(Decimal):
    """Epoch seconds, as the index and time to live want them; other instants are texts."""


def _typed(hint: Any, value: Any, item: str, place: str) -> Any:
    """A value as its field's type wants it; every type of a field has a branch here."""
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_typed(get_args(hint)[0], element, item, place) for element in value)
    if get_origin(hint) is dict and isinstance(value, dict):
        return {name: _typed(get_args(hint)[1], element, item, f"{place}.{name}") for name, element in value.items()}
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(value, dict):
        return _built(hint, value, item)
    try:
        return _scalar(hint, value)
    except (ValueError, TypeError, OverflowError) as error:
        raise LedgerItemIncomplete(f"the ledger's item {item}: {place} cannot be read: {error}") from error


def _scalar(hint: Any, value: Any) -> Any:
    """A text, number, truth value, state or instant; ValueError or TypeError when the value is none of its type."""
    if hint is datetime and isinstance(value, str):
        return parse_instant(value)
    if hint is datetime and isinstance(value, _Seconds):
        return from_epoch(float(value)).astimezone(UTC)
    if hint is int and isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if hint is float and isinstance(value, Decimal):
        return float(value)
    if _is_state(hint) and isinstance(value, str):
        return hint(value)
    if hint in (str, bool) and type(value) is hint:
        return value
    raise TypeError(f"{value!r} is no {getattr(hint, '__name__', hint)}"[:200])
