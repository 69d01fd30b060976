"""Which HTTP request is which operation of the Selling Partner API, which token it needs, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
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


Run = Callable[[Call], dict[str, Any] | list[Any] | None]
"""Answers a call; None for an operation without content."""


@dataclass(frozen=True)
class Operation:
    """An operation of the API: its route and the function that answers it; the name is the model's.

    `grantless` operations take a token without an account; `wrapped` ones put their answer into `payload`.
    """

    name: str
    method: str
    path: str
    run: Run
    grantless: bool = field(default=False, kw_only=True)
    status: int = field(default=200, kw_only=True)
    wrapped: bool = field(default=False, kw_only=True)

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression with its parameters as groups."""
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


def _report(name: str, method: str, path: str, run: Run, *, status: int = 200) -> Operation:
    return Operation(name, method, "/reports/2021-06-30" + path, run, status=status)


def _of_application(name: str, method: str, path: str, run: Run) -> Operation:
    return Operation(name, method, "/notifications/v1" + path, run, grantless=True, wrapped=True)


def _of_account(name: str, method: str, path: str, run: Run) -> Operation:
    return Operation(name, method, "/notifications/v1" + path, run, wrapped=True)


OPERATIONS = (
    _report(
        "createReport",
        "POST",
        "/reports",
        lambda call: call.simulator.reports.create(call.partner, call.application, call.body),
        status=202,
    ),
    _report("getReports", "GET", "/reports", lambda call: call.simulator.reports.search(call.partner, call.query)),
    _report(
        "getReport", "GET", "/reports/{id}", lambda call: call.simulator.reports.get(call.partner, call.path["id"])
    ),
    _report(
        "cancelReport",
        "DELETE",
        "/reports/{id}",
        lambda call: call.simulator.reports.cancel(call.partner, call.path["id"]),
    ),
    _report(
        "getReportDocument",
        "GET",
        "/documents/{id}",
        lambda call: call.simulator.reports.document(call.partner, call.path["id"], call.query, call.base_url),
    ),
    _of_application(
        "createDestination",
        "POST",
        "/destinations",
        lambda call: call.simulator.notifications.create_destination(call.application, call.body),
    ),
    _of_application(
        "getDestinations",
        "GET",
        "/destinations",
        lambda call: call.simulator.notifications.destinations(call.application),
    ),
    _of_application(
        "getDestination",
        "GET",
        "/destinations/{id}",
        lambda call: call.simulator.notifications.destination(call.application, call.path["id"]),
    ),
    _of_application(
        "deleteDestination",
        "DELETE",
        "/destinations/{id}",
        lambda call: call.simulator.notifications.delete_destination(call.application, call.path["id"]),
    ),
    _of_account(
        "createSubscription",
        "POST",
        "/subscriptions/{type}",
        lambda call: call.simulator.notifications.subscribe(call.partner, call.path["type"], call.body),
    ),
    _of_account(
        "getSubscription",
        "GET",
        "/subscriptions/{type}",
        lambda call: call.simulator.notifications.subscription(call.partner, call.path["type"]),
    ),
    _of_account(
        "getSubscriptions",
        "GET",
        "/subscriptions",
        lambda call: call.simulator.notifications.subscriptions(call.partner, _several(call, "notificationTypes")),
    ),
    _of_application(
        "getSubscriptionById",
        "GET",
        "/subscriptions/{type}/{id}",
        lambda call: call.simulator.notifications.subscription_by_id(call.application, call.path["id"]),
    ),
    _of_application(
        "deleteSubscriptionById",
        "DELETE",
        "/subscriptions/{type}/{id}",
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
