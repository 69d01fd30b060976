from __future__ import annotations

from selling_partner.http import Api
from selling_partner.notifications import NotificationsApi

from tests.unit.selling_partner.server import Amazon, envelope


def test_destinations_are_made_or_found(amazon: Amazon, api: Api) -> None:
    notifications = NotificationsApi(api, api)
    amazon.will(200, {"payload": {"destinationId": "d1"}})
    assert notifications.ensure_destination("n", "arn:q") == "d1"
    amazon.will(409, envelope("StateConflict"))
    destinations = [
        {"destinationId": name, "resource": {"sqs": {"arn": arn}}}
        for name, arn in (("d0", "arn:other"), ("d1", "arn:q"))
    ]
    amazon.will(200, {"payload": destinations})
    assert notifications.ensure_destination("n", "arn:q") == "d1"
    amazon.will(200, {"payload": {"subscriptionId": "s"}})
    assert notifications.subscribe("d1") is None
    amazon.will(409, envelope("StateConflict"))
    amazon.will(200, {"payload": {"subscriptionId": "s", "destinationId": "d9"}})
    assert notifications.subscribe("d1") == "d9"
