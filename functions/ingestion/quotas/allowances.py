"""Which buckets a call to Amazon takes from, and what happens when Amazon answers 429 or tells another rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ingestion.configuration.contracts import RequestContract
from ingestion.errors import QuotaExhausted, Throttled
from ingestion.instants import Clock
from ingestion.quotas.buckets import Bucket, UsagePlan, limit_plans, scaled
from ingestion.quotas.port import Quotas

CREATE_REPORT = "createReport"


@dataclass(frozen=True)
class Allowances:
    """Quotas with the usage plans applied.

    `scale` multiplies all rates (the local cloud); `plans` are per operation and selling partner account.
    """

    quotas: Quotas
    plans: Mapping[str, UsagePlan]
    scale: float
    clock: Clock

    def operation(self, operation: str, account: str) -> Bucket:
        """The bucket of the usage plan."""
        return Bucket(f"account/{account}/{operation}", scaled(self.plans[operation], self.scale))

    def creation(self, account: str, limits: Sequence[Bucket]) -> list[Bucket]:
        """The buckets that createReport takes from: its usage plan and the limits (unscaled) of the report type."""
        own = [Bucket(limit.key, scaled(limit.plan, self.scale)) for limit in limits]
        return [self.operation(CREATE_REPORT, account), *own]

    @contextmanager
    def call(self, operation: str, account: str) -> Iterator[None]:
        """Take one call of an operation; a 429 inside empties its bucket and becomes QuotaExhausted."""
        bucket = self.operation(operation, account)
        self.quotas.reserve([bucket], self.clock())
        try:
            yield
        except Throttled as error:
            raise QuotaExhausted(self.quotas.exhaust([bucket], self.clock())) from error

    def observe(self, operation: str, account: str, rate: float) -> None:
        """Keep the rate of Amazon's header: it tells the usage plan that really applies."""
        if operation in self.plans and rate > 0:
            self.quotas.observe(self.operation(operation, account), rate)


def limits_of(contract: RequestContract, account: str, application: str) -> tuple[Bucket, ...]:
    """The buckets of a contract's limits, before scaling.

    An application's limit is shared by all its accounts.
    """
    limits = []
    for limit in contract.limits:
        owner = f"application/{application}" if limit.scope == "application" else f"account/{account}"
        limits += [Bucket(f"{owner}/{contract.report_type}/{name}", plan) for name, plan in limit_plans(limit).items()]
    return tuple(limits)
