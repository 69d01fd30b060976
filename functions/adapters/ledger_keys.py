"""Keys of ledger items in DynamoDB, and the sparse index of what is due."""

from __future__ import annotations

import zlib
from datetime import datetime

from ingestion.identity import AttemptKey, LineKey, WindowKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.alerts import Alert
from ingestion.ledger.attempts import Attempt, CreationRight
from ingestion.ledger.curation import CurationRun, Lease
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.lines import Cursor, DiscoveryState
from ingestion.ledger.reports import ParkedMessage, ReportOwner
from ingestion.ledger.windows import LedgerWindow

SHARDS = 8
"""Partitions of the index over which due windows are spread."""
WATCHED = "attempts"
"""The index partition of attempts that the sweep watches."""
WAITING = "documents"
"""The index partition of documents that wait for curation."""


def window_key(key: WindowKey) -> tuple[str, str]:
    """Keys of a window: all windows of an account lie together, those of a source beside each other."""
    return f"window#{key.line.account}", f"{_line(key.line)}#{key.window}"


def attempt_key(key: AttemptKey) -> tuple[str, str]:
    """Keys of an attempt."""
    return f"request#{key.request}", f"r{key.revision:06d}#a{key.attempt:06d}"


def creation_right_key(account: str, report_type: str, marketplace: str, window: str) -> tuple[str, str]:
    """Keys of the right to create reports."""
    return f"creation-right#{account}#{report_type}", f"{marketplace}#{window}"


def report_key(selling_partner_id: str, report_id: str, kind: str) -> tuple[str, str]:
    """Keys of what is known about one of Amazon's report ids: its owner, and the notification about it."""
    return f"report#{selling_partner_id}#{report_id}", kind


def document_key(account: str, report_id: str) -> tuple[str, str]:
    """Keys of a stored document."""
    return f"document#{account}#{report_id}", "document"


def _line(line: LineKey) -> str:
    return f"{line.source}#{line.variant}#{line.marketplace}"


def key_of(item: Item) -> tuple[str, str]:  # noqa: PLR0911 (one line per kind)
    """Partition and sort key of an item."""
    match item:
        case LedgerWindow():
            return window_key(item.key)
        case Attempt():
            return attempt_key(item.key)
        case CreationRight():
            return creation_right_key(item.account, item.report_type, item.marketplace, item.window)
        case ReportOwner():
            return report_key(item.selling_partner_id, item.report_id, "owner")
        case ParkedMessage():
            return report_key(item.selling_partner_id, item.report_id, "message")
        case Cursor():
            return f"cursor#{item.line.account}", _line(item.line)
        case DiscoveryState():
            return f"discovery#{item.line.account}", _line(item.line)
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
    """Partition and instant of an item in the index of what is due, if it is in it."""
    if isinstance(item, LedgerWindow) and item.next_action_at is not None:
        return str(zlib.crc32("#".join(window_key(item.key)).encode()) % SHARDS), item.next_action_at
    if isinstance(item, Attempt) and item.watch_at is not None:
        return WATCHED, item.watch_at
    if isinstance(item, LedgerDocument) and item.waits_from is not None:
        return WAITING, item.waits_from
    return None
