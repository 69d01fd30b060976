"""Token buckets in DynamoDB: one number per bucket, changed on condition that it is as it was read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError
from ingestion.errors import QuotaExhausted
from ingestion.instants import from_epoch
from ingestion.quotas.buckets import TOLERANCE, Bucket, UsagePlan, after_call, after_refund, after_refusal, available_at

from adapters.aws import error_code

_TRIES = 10
_CONFLICTS = frozenset(
    {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}
)


@dataclass(frozen=True)
class _State:
    bucket: Bucket
    plan: UsagePlan
    arrival: float | None


@dataclass(frozen=True)
class DynamoQuotas:
    """The table `{prefix}-quotas`.

    Hash key `pk` is the bucket's key, `arrival` its theoretical arrival time in epoch seconds, `rate` the rate that
    Amazon last told.
    """

    dynamodb: Any
    table: str
    _rates: dict[str, float] = field(default_factory=dict)

    def reserve(self, buckets: Sequence[Bucket], now: datetime, horizon_seconds: float = 0.0) -> datetime:
        """Take one call from every bucket, all at once; when it may be made."""
        moment = now.timestamp()
        for _ in range(_TRIES):
            states = [self._read(bucket) for bucket in buckets]
            allowed = max([moment, *(available_at(state.arrival, state.plan) for state in states)])
            if allowed > moment + horizon_seconds + TOLERANCE:
                raise QuotaExhausted(from_epoch(allowed))
            if self._write([(state, after_call(state.arrival, state.plan, allowed)) for state in states]):
                return from_epoch(allowed)
        raise QuotaExhausted(from_epoch(moment + 1.0))  # too many others at once: try again later

    def refund(self, buckets: Sequence[Bucket]) -> None:
        """Give one call back to every bucket."""
        self._move(buckets, lambda state: after_refund(state.arrival, state.plan) if state.arrival is not None else 0.0)

    def exhaust(self, buckets: Sequence[Bucket], now: datetime) -> datetime:
        """Empty every bucket; when the next call may be made."""
        moment = now.timestamp()
        self._move(buckets, lambda state: after_refusal(state.arrival, state.plan, moment))
        states = [self._read(bucket) for bucket in buckets]
        return from_epoch(max(available_at(state.arrival, state.plan) for state in states))

    def observe(self, bucket: Bucket, rate: float) -> None:
        """Keep the rate that Amazon told, if it is another one than before."""
        known = self._rates.get(bucket.key)
        if known is not None and abs(known - rate) <= 0.01 * known:
            return
        self.dynamodb.update_item(
            TableName=self.table,
            Key={"pk": {"S": bucket.key}},
            UpdateExpression="SET #rate = :rate",
            ExpressionAttributeNames={"#rate": "rate"},
            ExpressionAttributeValues={":rate": {"N": str(Decimal(str(rate)))}},
        )
        self._rates[bucket.key] = rate

    def _move(self, buckets: Sequence[Bucket], target: Callable[[_State], float]) -> None:
        for bucket in buckets:
            for turn in range(_TRIES):
                state = self._read(bucket)
                if self._write([(state, target(state))]):
                    break
                time.sleep(0.01 * turn)

    def _read(self, bucket: Bucket) -> _State:
        item = (
            self.dynamodb.get_item(TableName=self.table, Key={"pk": {"S": bucket.key}}, ConsistentRead=True).get("Item")
            or {}
        )
        rate = float(item["rate"]["N"]) if "rate" in item else bucket.plan.rate
        self._rates[bucket.key] = rate
        arrival = float(item["arrival"]["N"]) if "arrival" in item else None
        return _State(bucket, UsagePlan(rate, bucket.plan.burst), arrival)

    def _write(self, moves: Sequence[tuple[_State, float]]) -> bool:
        updates = [self._update(state, arrival) for state, arrival in moves]
        try:
            if len(updates) == 1:
                self.dynamodb.update_item(**updates[0])
            else:
                self.dynamodb.transact_write_items(TransactItems=[{"Update": update} for update in updates])
        except ClientError as error:
            if error_code(error) in _CONFLICTS:
                return False
            raise
        return True

    def _update(self, state: _State, arrival: float) -> dict[str, Any]:
        values = {":new": {"N": _number(arrival)}}
        condition = "attribute_not_exists(arrival)"
        if state.arrival is not None:
            condition = "arrival = :old"
            values[":old"] = {"N": _number(state.arrival)}
        return {
            "TableName": self.table,
            "Key": {"pk": {"S": state.bucket.key}},
            "UpdateExpression": "SET arrival = :new",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }


def _number(seconds: float) -> str:
    return str(Decimal(repr(seconds)))
