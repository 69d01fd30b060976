"""subscribe: {} (all accounts) or {"account"} -> {"accounts": {name: "subscribed" | "polled" | "waits"}}."""

from __future__ import annotations

from typing import Any

from ingestion.access.subscribing import Subscribing
from ingestion.access.tokens import Token, is_good
from ingestion.configuration.accounts import Account
from ingestion.errors import AccessTokenExpired
from ingestion.instants import utc_now
from selling_partner.http import Api
from selling_partner.notifications import SCOPE, NotificationsApi

from handlers import wiring
from handlers.figures import scheduled_run
from handlers.json_logs import logged, set_up
from handlers.settings import setting

set_up()
_AUTHORIZE = setting("AUTHORIZE_FUNCTION")


def _authorize(account: Account) -> None:
    wiring.functions().invoke(_AUTHORIZE, {"account": account.name})


def _apis(account: Account) -> NotificationsApi:
    """The Notifications API of an account, with tokens that `authorize` made good: the account's was before."""
    wiring.functions().invoke(_AUTHORIZE, {"application": account.application, "scope": SCOPE})
    endpoint = wiring.configuration().region(account.region).endpoint
    grantless = _good(wiring.tokens().grantless_token(account.application), account.application)
    granted = _good(wiring.tokens().access_token(account.name), account.name)
    return NotificationsApi(
        Api(wiring.session(), endpoint, grantless.value), Api(wiring.session(), endpoint, granted.value)
    )


def _good(token: Token | None, whose: str) -> Token:
    if token is None or not is_good(token, utc_now):
        raise AccessTokenExpired(f"there is no valid token of {whose}, although authorize was called")
    return token


_subscribing = Subscribing(
    wiring.ledger(),
    wiring.configuration(),
    _authorize,
    _apis,
    f"{setting('LAKE_PREFIX')}-reports",
    setting("NOTIFICATIONS_QUEUE_ARN"),
    utc_now,
)
_metrics = wiring.metrics()


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, dict[str, str]]:
    """Subscribe accounts to notifications, or mark them as polled."""
    if event.get("account"):
        return {"accounts": _subscribing.all(event["account"])}
    with scheduled_run(_metrics):
        return {"accounts": _subscribing.all()}
