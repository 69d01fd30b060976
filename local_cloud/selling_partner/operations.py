"""Which HTTP request is which operation of the Selling Partner API, which token it needs, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_cloud.selling_partner.accounts import Account
from local_cloud.selling_partner.simulator import Simulator


@dataclass(frozen=True)
class Call:
    """An authorised call: the simulator, who calls, and the parts of the request."""

    simulator: Simulator
    application: str
    account: Account | None
    path: dict[str, str]
    query: dict[str, list[str]]
    body: object
    base_url: str

    @property
    def partner(self) -> Account:
        """The account whose token was sent; operations that need one are only called with one."""
        if self.account is None:
            raise ValueError("a grantless call has no account")
        return self.account


@dataclass(frozen=True)
class Operation:
    """An operation of the API: its route, its success status and the function that answers it.

    The name is the model's; `grantless` operations take a token without an account.
    """

    name: str
    method: str
    path: str
    grantless: bool
    status: int
    run: Callable[[Call], dict[str, Any] | list[Any] | None]
    wrapped: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression with its parameters as groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


_REPORTS = "/reports/2021-06-30"
_NOTIFICATIONS = "/notifications/v1"


def _notification(
    name: str, method: str, path: str, grantless: bool, run: Callable[[Call], dict[str, Any] | list[Any] | None]
) -> Operation:
    return Operation(name, method, _NOTIFICATIONS + path, grantless, 200, run, wrapped=True)


OPERATIONS = (
    Operation(
        "createReport",
        "POST",
        f"{_REPORTS}/reports",
        False,
        202,
        lambda call: call.simulator.reports.create(call.partner, call.application, call.body),
    ),
    Operation(
        "getReports",
        "GET",
        f"{_REPORTS}/reports",
        False,
        200,
        lambda call: call.simulator.reports.search(call.partner, call.query),
    ),
    Operation(
        "getReport",
        "GET",
        f"{_REPORTS}/reports/{{id}}",
        False,
        200,
        lambda call: call.simulator.reports.get(call.partner, call.path["id"]),
    ),
    Operation(
        "cancelReport",
        "DELETE",
        f"{_REPORTS}/reports/{{id}}",
        False,
        200,
        lambda call: call.simulator.reports.cancel(call.partner, call.path["id"]),
    ),
    Operation(
        "getReportDocument",
        "GET",
        f"{_REPORTS}/documents/{{id}}",
        False,
        200,
        lambda call: call.simulator.reports.document(call.partner, call.path["id"], call.query, call.base_url),
    ),
    _notification(
        "createDestination",
        "POST",
        "/destinations",
        True,
        lambda call: call.simulator.notifications.create_destination(call.application, call.body),
    ),
    _notification(
        "getDestinations",
        "GET",
        "/destinations",
        True,
        lambda call: call.simulator.notifications.destinations(call.application),
    ),
    _notification(
        "getDestination",
        "GET",
        "/destinations/{id}",
        True,
        lambda call: call.simulator.notifications.destination(call.application, call.path["id"]),
    ),
    _notification(
        "deleteDestination",
        "DELETE",
        "/destinations/{id}",
        True,
        lambda call: call.simulator.notifications.delete_destination(call.application, call.path["id"]),
    ),
    _notification(
        "createSubscription",
        "POST",
        "/subscriptions/{type}",
        False,
        lambda call: call.simulator.notifications.subscribe(call.partner, call.path["type"], call.body),
    ),
    _notification(
        "getSubscription",
        "GET",
        "/subscriptions/{type}",
        False,
        lambda call: call.simulator.notifications.subscription(call.partner, call.path["type"]),
    ),
    _notification(
        "getSubscriptions",
        "GET",
        "/subscriptions",
        False,
        lambda call: call.simulator.notifications.subscriptions(call.partner, _several(call, "notificationTypes")),
    ),
    _notification(
        "getSubscriptionById",
        "GET",
        "/subscriptions/{type}/{id}",
        True,
        lambda call: call.simulator.notifications.subscription_by_id(call.application, call.path["id"]),
    ),
    _notification(
        "deleteSubscriptionById",
        "DELETE",
        "/subscriptions/{type}/{id}",
        True,
        lambda call: call.simulator.notifications.unsubscribe(call.application, call.path["id"]),
    ),
)


def route(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation of a method and a path (without its region), and the path's parameters."""
    for operation in OPERATIONS:
        match = operation.pattern.fullmatch(path) if operation.method == method else None
        if match:
            return operation, match.groupdict()
    return None


def _several(call: Call, name: str) -> list[str]:
    return [part for text in call.query.get(name, []) for part in text.split(",")]
