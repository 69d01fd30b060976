"""Subscribing accounts to notifications of finished reports; an account that may not subscribe is polled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingestion.access.port import Destinations
from ingestion.access.registering import registered
from ingestion.configuration.accounts import Account
from ingestion.configuration.port import Configuration
from ingestion.errors import AccessDenied, IngestionError
from ingestion.instants import Clock
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

log = logging.getLogger(__name__)


class SubscriptionFailed(IngestionError):
    """Some accounts could not be subscribed, because of an outage or a missing secret: they stay as they were."""


@dataclass(frozen=True)
class Subscribing:
    """Subscribes accounts. `destinations_for` returns the Notifications API of an account, with good tokens."""

    ledger: Ledger
    configuration: Configuration
    destinations_for: Callable[[Account], Destinations]
    destination_name: str
    queue_arn: str
    clock: Clock

    def all(self, only: str | None = None) -> dict[str, str]:
        """`subscribed` or `polled` for every account (or one).

        One failure does not stop the others; SubscriptionFailed at the end names them.
        """
        accounts = [self.configuration.account(only)] if only else list(self.configuration.accounts().values())
        states, failures = {}, []
        for account in accounts:
            try:
                states[account.name] = self._one(account)
            except IngestionError as error:
                log.warning(
                    "an account could not be subscribed",
                    extra={"account": account.name, "error": type(error).__name__, "reason": str(error)},
                )
                failures.append(f"{account.name}: {type(error).__name__}: {error}")
        if failures:
            raise SubscriptionFailed("; ".join(failures))
        return states

    def _one(self, account: Account) -> str:
        reason = self._refusal(account)
        self._record(account, reason)
        state = "subscribed" if reason is None else "polled"
        log.info("an account is %s", state, extra={"account": account.name, "reason": reason})
        return state

    def _refusal(self, account: Account) -> str | None:
        """Why the account is not notified; None when it is."""
        if account.notifications == "never":
            return "switched off in the configuration"
        destinations = self.destinations_for(account)
        try:
            destination = destinations.ensure_destination(self.destination_name, self.queue_arn)
            elsewhere = destinations.subscribe(destination)
        except AccessDenied as error:
            return f"Amazon does not allow it: {error}"
        if elsewhere is not None and elsewhere != destination:
            return f"the account is subscribed to another destination of this application ({elsewhere})"
        return None

    def _record(self, account: Account, reason: str | None) -> None:
        def work() -> None:
            item = registered(self.ledger.account(account.name), account)
            subscribed_at = self.clock() if reason is None else None
            self.ledger.save(
                replace(item, notified=reason is None, notification_reason=reason, subscribed_at=subscribed_at)
            )

        retried(work)
