"""Lines of windows: what is switched on, per variant and marketplace."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ingestion.configuration.accounts import Account, Enablement
from ingestion.configuration.contracts import RequestContract
from ingestion.configuration.port import Configuration
from ingestion.identity import LineKey, WindowKey, request_id
from ingestion.windows.calendar import local_midnight, zone_of

ALL_MARKETPLACES = "all"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One line of windows: a source's variant for one marketplace, or for all of an account's region."""

    account: Account
    contract: RequestContract
    variant: str
    marketplace: str
    marketplace_id: str | None
    time_zone: str
    source_start_date: date | None = None

    @property
    def key(self) -> LineKey:
        """What names the line."""
        return LineKey(
            account=self.account.name,
            source=self.contract.source,
            variant=self.variant,
            marketplace=self.marketplace,
        )

    @property
    def start_date(self) -> date:
        """The first day that is requested: the account's, or the source's own where that is later."""
        return max(self.account.start_date, self.source_start_date or self.account.start_date)

    @property
    def starts_at(self) -> datetime:
        """The instant at which the first day begins."""
        return local_midnight(self.start_date, zone_of(self.contract.window, self.time_zone))

    @property
    def marketplace_ids(self) -> tuple[str, ...]:
        """The marketplaces that createReport names."""
        return (self.marketplace_id,) if self.marketplace_id else tuple(m.id for m in self.account.marketplaces)

    @property
    def options(self) -> dict[str, str]:
        """The report options of the line's variant."""
        return dict(self.contract.variants[self.variant])

    @property
    def question_digest(self) -> str:
        """A digest of how the contract asks Amazon, apart from the window.

        A question with another digest may be answered where this one was refused.
        """
        contract, rule = self.contract, self.contract.window
        trailing = [rule.trailing.months, rule.trailing.time.total_seconds()] if rule.trailing else None
        asks = [
            contract.report_type,
            sorted(self.options.items()),
            contract.restricted,
            rule.bounds,
            rule.marketplace_time,
            trailing,
        ]
        return hashlib.sha256(json.dumps(asks).encode()).hexdigest()[:16]

    def window_key(self, window: str) -> WindowKey:
        """What names a window of the line."""
        return WindowKey(line=self.key, window=window)

    def request_id(self, window: str) -> str:
        """The id of the question that a window of the line asks."""
        return request_id(self.window_key(window), self.marketplace_id, self.options)


def lines_of(account: Account, contract: RequestContract, enablement: Enablement) -> Iterator[Line]:
    """All lines of a source that is switched on for an account.

    None when the contract is not for this kind of account.
    """
    if account.kind not in contract.accounts:
        return
    for variant in contract.variants:
        if enablement.variants is not None and variant not in enablement.variants:
            continue
        places: list[tuple[str, str | None, str]]
        if contract.per_marketplace:
            places = [(m.code, m.id, m.time_zone) for m in account.marketplaces]
        else:
            places = [(ALL_MARKETPLACES, None, account.marketplaces[0].time_zone)]
        for marketplace, marketplace_id, time_zone in places:
            yield Line(account, contract, variant, marketplace, marketplace_id, time_zone, enablement.start_date)


def enabled_lines(configuration: Configuration) -> Iterator[Line]:
    """The lines of all sources that are switched on.

    A source that is switched on without being configured is logged and left out.
    """
    accounts, contracts = configuration.accounts(), configuration.contracts()
    for enablement in configuration.enablements():
        account, contract = accounts.get(enablement.account), contracts.get(enablement.source)
        if account is None or contract is None:
            log.warning(
                "a source is switched on that is not configured",
                extra={"account": enablement.account, "source": enablement.source},
            )
            continue
        yield from lines_of(account, contract, enablement)
