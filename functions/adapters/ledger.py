"""The ledger in DynamoDB. Every write is conditional on the item being as it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from ingestion.errors import LedgerConflict, LedgerItemIncomplete
from ingestion.identity import AttemptKey, WindowKey
from ingestion.ledger.accounts import LedgerAccount
from ingestion.ledger.alerts import Alert
from ingestion.ledger.attempts import Attempt, CreationRight
from ingestion.ledger.curation import CurationRun, Lease
from ingestion.ledger.documents import LedgerDocument
from ingestion.ledger.item import Item
from ingestion.ledger.lines import Cursor, DiscoveryState
from ingestion.ledger.reports import ParkedMessage, ReportOwner
from ingestion.ledger.windows import LedgerWindow

from adapters.aws import error_code, named_errors
from adapters.ledger_codec import Wire, decode, encode, epoch
from adapters.ledger_keys import (
    SHARDS,
    WAITING,
    WATCHED,
    attempt_key,
    creation_right_key,
    document_key,
    report_key,
    window_key,
)

INDEX = "due"
_I = TypeVar("_I", bound=Item)
_CONFLICTS = frozenset(
    {"ConditionalCheckFailedException", "TransactionConflictException", "TransactionInProgressException"}
)
_REASONS = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})


@dataclass(frozen=True)
class DynamoLedger:
    """The table `{prefix}-ledger`: hash key `pk`, range key `sk`, index `due` on (`due_shard`, `next_action_at`)."""

    dynamodb: Any
    table: str
    _unreadable: list[LedgerItemIncomplete] = field(default_factory=list)

    def unreadable(self) -> tuple[LedgerItemIncomplete, ...]:
        """What the lists left out since this was last asked."""
        found = tuple(self._unreadable)
        self._unreadable.clear()
        return found

    def save(self, *items: Item) -> None:
        """Write items in one transaction, each on condition of its `lock`.

        LedgerConflict when one was changed since it was read.
        """
        if not items:
            return
        with named_errors():
            try:
                self._write([self._put(item) for item in items])
            except ClientError as error:
                if _is_conflict(error):
                    kinds = sorted({type(item).__name__ for item in items})
                    raise LedgerConflict(f"changed meanwhile: one of {', '.join(kinds)}") from error
                raise

    def _write(self, puts: list[dict[str, Any]]) -> None:
        if len(puts) == 1:
            self.dynamodb.put_item(**puts[0])
        else:
            self.dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in puts])

    def _put(self, item: Item) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self.table, "Item": encode(item)}
        if item.lock == 0:
            return put | {"ConditionExpression": "attribute_not_exists(pk)"}
        condition = {
            "ConditionExpression": "#lock = :lock",
            "ExpressionAttributeNames": {"#lock": "lock"},
            "ExpressionAttributeValues": {":lock": {"N": str(item.lock)}},
        }
        return put | condition

    def park(self, message: ParkedMessage) -> None:
        """Keep a message unconditionally: a duplicate says the same."""
        with named_errors():
            self.dynamodb.put_item(TableName=self.table, Item=encode(message))

    def window(self, key: WindowKey) -> LedgerWindow | None:
        """One window."""
        return self._get(LedgerWindow, window_key(key))

    def windows(self, account: str, source: str | None = None) -> Iterator[LedgerWindow]:
        """All windows of an account, or of one source of it."""
        for wire in self._partition(f"window#{account}", f"{source}#" if source else ""):
            yield decode(LedgerWindow, wire)

    def due_windows(self, until: datetime, limit: int) -> list[LedgerWindow]:
        """Windows due by `until`: per shard the latest `limit`, and if there are more, the earliest as well."""
        found: dict[tuple[str, str], LedgerWindow] = {}
        for shard in range(SHARDS):
            latest = self._due(str(shard), until, limit, forward=False)
            earliest = self._due(str(shard), until, limit, forward=True) if len(latest) == limit else []
            for window in self._readable(LedgerWindow, (*latest, *earliest)):
                found[window_key(window.key)] = window
        return list(found.values())

    def attempt(self, key: AttemptKey) -> Attempt | None:
        """One attempt."""
        return self._get(Attempt, attempt_key(key))

    def overdue_attempts(self, until: datetime, limit: int) -> list[Attempt]:
        """Attempts whose `watch_at` has come, the earliest first."""
        return list(self._readable(Attempt, self._due(WATCHED, until, limit, forward=True)))

    def creation_right(self, account: str, report_type: str, marketplace: str, window: str) -> CreationRight | None:
        """Which attempt may create reports of a type for a window."""
        return self._get(CreationRight, creation_right_key(account, report_type, marketplace, window))

    def report_owner(self, selling_partner_id: str, report_id: str) -> ReportOwner | None:
        """The attempt that a report belongs to."""
        return self._get(ReportOwner, report_key(selling_partner_id, report_id, "owner"))

    def message(self, selling_partner_id: str, report_id: str) -> ParkedMessage | None:
        """The notification that came about a report."""
        return self._get(ParkedMessage, report_key(selling_partner_id, report_id, "message"))

    def cursors(self, account: str) -> list[Cursor]:
        """All cursors of an account."""
        return [decode(Cursor, wire) for wire in self._partition(f"cursor#{account}")]

    def discovery_states(self, account: str) -> list[DiscoveryState]:
        """The discovery states of all lines of an account."""
        return [decode(DiscoveryState, wire) for wire in self._partition(f"discovery#{account}")]

    def account(self, account: str) -> LedgerAccount | None:
        """One account."""
        return self._get(LedgerAccount, ("account", account))

    def accounts(self) -> list[LedgerAccount]:
        """All accounts that were ever seen."""
        return list(self._readable(LedgerAccount, self._partition("account")))

    def document(self, account: str, report_id: str) -> LedgerDocument | None:
        """One stored document."""
        return self._get(LedgerDocument, document_key(account, report_id))

    def waiting_documents(self, until: datetime, limit: int) -> list[LedgerDocument]:
        """Documents that wait for curation, those that wait longest first."""
        return list(self._readable(LedgerDocument, self._due(WAITING, until, limit, forward=True)))

    def lease(self) -> Lease:
        """The curation lease; one without a holder when there is none yet."""
        return self._get(Lease, ("lease", "curation")) or Lease()

    def runs(self, limit: int) -> list[CurationRun]:
        """The latest curation runs, newest first."""
        return list(self._readable(CurationRun, self._partition("run", forward=False, limit=limit)))

    def alert(self, subject: str) -> Alert | None:
        """The alarm that was sent about a subject."""
        return self._get(Alert, ("alert", subject))

    def _readable(self, kind: type[_I], wires: Iterable[Wire]) -> Iterator[_I]:
        """The items that can be read: one that cannot must not keep the others from being worked on."""
        for wire in wires:
            try:
                yield decode(kind, wire)
            except LedgerItemIncomplete as error:
                self._unreadable.append(error)

    def _get(self, kind: type[_I], key: tuple[str, str]) -> _I | None:
        with named_errors():
            answer = self.dynamodb.get_item(
                TableName=self.table, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}}, ConsistentRead=True
            )
        wire = answer.get("Item")
        return decode(kind, wire) if wire else None

    def _partition(
        self, pk: str, prefix: str = "", *, forward: bool = True, limit: int | None = None
    ) -> Iterator[Wire]:
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}} | ({":prefix": {"S": prefix}} if prefix else {}),
            "ConsistentRead": True,
            "ScanIndexForward": forward,
        }
        yielded = 0
        while True:
            with named_errors():
                answer = self.dynamodb.query(**query)
            for wire in answer["Items"]:
                if limit is not None and yielded >= limit:
                    return
                yielded += 1
                yield wire
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _due(self, shard: str, until: datetime, limit: int, *, forward: bool) -> list[Wire]:
        with named_errors():
            answer = self.dynamodb.query(
                TableName=self.table,
                IndexName=INDEX,
                KeyConditionExpression="due_shard = :shard AND next_action_at <= :until",
                ExpressionAttributeValues={":shard": {"S": shard}, ":until": {"N": str(epoch(until))}},
                Limit=limit,
                ScanIndexForward=forward,
            )
        items: list[Wire] = answer["Items"]
        return items


def _is_conflict(error: ClientError) -> bool:
    if error_code(error) in _CONFLICTS:
        return True
    if error_code(error) != "TransactionCanceledException":
        return False
    reasons = {str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", ())}
    return bool(reasons - {"None"}) and reasons <= _REASONS
