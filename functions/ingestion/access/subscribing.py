"""Subscribing accounts to notifications of finished reports; an account that may not subscribe is polled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingestion.access.credentials import let_wait, waits
from ingestion.access.port import Destinations
from ingestion.access.registering import registered
from ingestion.configuration.accounts import Account
from ingestion.configuration.port import Configuration
from ingestion.errors import AccessDenied, CredentialsMissing, IngestionError
from ingestion.instants import Clock
from ingestion.ledger.port import Ledger
from ingestion.ledger.retrying import retried

log = logging.getLogger(__name__)


class SubscriptionFailed(IngestionError):
    """Some accounts could not be subscribed, because of an outage or a lost secret: their subscriptions stay."""


@dataclass(frozen=True)
class Subscribing:
    """Subscribes accounts, and with that proves that they have credentials.

    `authorize` makes sure that an account has a good access token; `destinations_for` returns the Notifications API of
    an account, with good tokens.
    """

    ledger: Ledger
    configuration: Configuration
    authorize: Callable[[Account], None]
    destinations_for: Callable[[Account], Destinations]
    destination_name: str
    queue_arn: str
    clock: Clock

    def all(self, only: str | None = None) -> dict[str, str]:
        """`subscribed`, `polled` or `waits` (for credentials) for every account, or for one, which must not wait.

        One failure does not stop the others; SubscriptionFailed at the end names them. An account that never had
        credentials is none; one that has lost them is, once.
        """
        accounts = [self.configuration.account(only)] if only else list(self.configuration.accounts().values())
        states: dict[str, str] = {}
        failures = [] if only else [str(fault) for fault in self.configuration.faults() if fault.account]
        for account in accounts:
            try:
                states[account.name] = self._one(account, may_wait=only is None)
            except Exception as error:  # noqa: BLE001 (raised below, when the other accounts have had their turn)
                log.warning(
                    "an account could not be subscribed",
                    extra={"account": account.name, "error": type(error).__name__, "reason": str(error)},
                )
                failures.append(f"{account.name}: {type(error).__name__}: {error}")
        if failures:
            raise SubscriptionFailed("; ".join(failures))
        return states

    def _one(self, account: Account, *, may_wait: bool) -> str:
        try:
            self.authorize(account)
            self._end_waiting(account)
            reason = self._refusal(account)
        except CredentialsMissing as error:
            if let_wait(self.ledger, account.name, str(error)) or not may_wait:
                raise
            return "waits"
        self._record(account, reason)
        state = "subscribed" if reason is None else "polled"
        log.info("an account is %s", state, extra={"account": account.name, "reason": reason})
        return state

    def _end_waiting(self, account: Account) -> None:
        """The account has credentials, so its reports can be requested, whether or not it can be subscribed."""

        def work() -> None:
            known = self.ledger.account(account.name)
            if waits(known):
                self.ledger.save(replace(registered(known, account), credentials_missing=None))

        retried(work)

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
