"""Ledger items as DynamoDB items: keys, the sparse index of what is due, and values by the fields' types."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from ingestion.instants import from_epoch, iso, parse_instant
from ingestion.ledger.items import (
    Alert,
    Asking,
    Attempt,
    CurationRun,
    Cursor,
    Item,
    Lease,
    LedgerAccount,
    LedgerDocument,
    LedgerWindow,
    Look,
    ParkedMessage,
    Pointer,
    WindowKey,
)

SHARDS = 8
WATCHED = "attempts"
WAITING = "documents"
_I = TypeVar("_I", bound=Item)
_serializer, _deserializer = TypeSerializer(), TypeDeserializer()
Wire = dict[str, Any]


def window_key(key: WindowKey) -> tuple[str, str]:
    """Partition and sort key of a window; all windows of an account lie together, those of a source beside each other."""
    return f"window#{key.account}", f"{key.source}#{key.variant}#{key.marketplace}#{key.window}"


def attempt_key(request: str, revision: int, attempt: int) -> tuple[str, str]:
    """Keys of an attempt."""
    return f"request#{request}", f"r{revision:06d}#a{attempt:06d}"


def asking_key(account: str, report_type: str, marketplace: str, window: str) -> tuple[str, str]:
    """Keys of the right to create reports."""
    return f"asking#{account}#{report_type}", f"{marketplace}#{window}"


def report_key(selling_partner_id: str, report_id: str, kind: str) -> tuple[str, str]:
    """Keys of what is known about one of Amazon's report ids: its pointer, and what was notified."""
    return f"report#{selling_partner_id}#{report_id}", kind


def document_key(account: str, report_id: str) -> tuple[str, str]:
    """Keys of a stored document."""
    return f"document#{account}#{report_id}", "document"


def key_of(item: Item) -> tuple[str, str]:  # noqa: PLR0911 (one line per kind)
    """Partition and sort key of an item."""
    match item:
        case LedgerWindow():
            return window_key(item.key)
        case Attempt():
            return attempt_key(item.request, item.revision, item.attempt)
        case Asking():
            return asking_key(item.account, item.report_type, item.marketplace, item.window)
        case Pointer():
            return report_key(item.selling_partner_id, item.report_id, "pointer")
        case ParkedMessage():
            return report_key(item.selling_partner_id, item.report_id, "message")
        case Cursor():
            return f"cursor#{item.account}", f"{item.source}#{item.variant}#{item.marketplace}"
        case Look():
            return f"look#{item.account}", f"{item.source}#{item.variant}#{item.marketplace}"
        case LedgerAccount():
            return "account", item.account
        case LedgerDocument():
            return document_key(item.account, item.report_id)
        case Lease():
            return "lease", item.name
        case CurationRun():
            return "run", item.run_id
        case Alert():
            return "alert", item.subject
    raise TypeError(f"{type(item).__name__} is no item of the ledger")


def due_of(item: Item) -> tuple[str, datetime] | None:
    """Where an item stands in the index of what is due, if it does."""
    if isinstance(item, LedgerWindow) and item.next_action_at is not None:
        return str(zlib.crc32("#".join(window_key(item.key)).encode()) % SHARDS), item.next_action_at
    if isinstance(item, Attempt) and item.watch_at is not None:
        return WATCHED, item.watch_at
    if isinstance(item, LedgerDocument) and item.waits_from is not None:
        return WAITING, item.waits_from
    return None


def encode(item: Item) -> Wire:
    """A DynamoDB item, one write older than it will be: `lock` is counted up. `expires_at` is epoch seconds, as time to
    live wants it.
    """
    values = {field.name: _plain(getattr(item, field.name)) for field in dataclasses.fields(item)}
    values = {name: value for name, value in values.items() if value is not None}
    values["pk"], values["sk"] = key_of(item)
    values["item"] = type(item).__name__
    values["lock"] = item.lock + 1
    values.pop("next_action_at", None)
    due = due_of(item)
    if due is not None:
        values["due_shard"], values["next_action_at"] = due[0], _epoch(due[1])
    expires_at = getattr(item, "expires_at", None)
    if isinstance(expires_at, datetime):
        values["expires_at"] = int(expires_at.timestamp())
    return {name: _serializer.serialize(value) for name, value in values.items()}


def decode(kind: type[_I], wire: Mapping[str, Any]) -> _I:
    """The item that a DynamoDB item holds."""
    values = {name: _deserializer.deserialize(value) for name, value in wire.items()}
    if kind is not LedgerWindow:
        values.pop("next_action_at", None)
    result: _I = _built(kind, values)
    return result


def _epoch(instant: datetime) -> Decimal:
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


def _built(kind: type, values: Mapping[str, Any]) -> Any:
    """An instance of a dataclass; attributes that it has no field for are left out, absent ones take their defaults (or
    None).
    """
    hints = _hints(kind)
    given = {}
    for field in dataclasses.fields(kind):
        if field.name in values:
            given[field.name] = _typed(hints[field.name], values[field.name])
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            given[field.name] = None
    return kind(**given)


def _typed(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is datetime:
        return from_epoch(float(value)).astimezone(UTC) if isinstance(value, Decimal) else parse_instant(value)
    if hint in (int, float):
        return hint(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if get_origin(hint) is tuple:
        return tuple(_typed(get_args(hint)[0], element) for element in value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _built(hint, value)
    return value
