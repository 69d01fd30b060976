"""Notifications API v1: destinations (by the application, grantless) and subscriptions (by the selling partner)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.errors import Conflict, SellingPartnerUnavailable

from selling_partner.http import Api

SCOPE = "sellingpartnerapi::notifications"
_TYPE = "REPORT_PROCESSING_FINISHED"
_DESTINATIONS = "/notifications/v1/destinations"
_SUBSCRIPTION = f"/notifications/v1/subscriptions/{_TYPE}"


@dataclass(frozen=True)
class NotificationsApi:
    """`grantless` carries the application's token, `granted` the selling partner's."""

    grantless: Api
    granted: Api

    def ensure_destination(self, name: str, queue_arn: str) -> str:
        """The destination of a queue: created, or found when Amazon says that there is one (409)."""
        body = {"name": name, "resourceSpecification": {"sqs": {"arn": queue_arn}}}
        try:
            return _id(self.grantless.call("createDestination", "POST", _DESTINATIONS, body=body), "destinationId")
        except Conflict:
            known = self.grantless.call("getDestinations", "GET", _DESTINATIONS).get("payload") or ()
            for destination in known:
                if ((destination.get("resource") or {}).get("sqs") or {}).get("arn") == queue_arn:
                    return str(destination["destinationId"])
            raise

    def subscribe(self, destination_id: str) -> str | None:
        """Subscribe to finished reports. When there is a subscription already: the destination that it goes to."""
        body = {"payloadVersion": "1.0", "destinationId": destination_id}
        try:
            self.granted.call("createSubscription", "POST", _SUBSCRIPTION, body=body)
        except Conflict:
            return _id(self.granted.call("getSubscription", "GET", _SUBSCRIPTION), "destinationId")
        return None


def _id(answer: Mapping[str, Any], name: str) -> str:
    value = (answer.get("payload") or {}).get(name)
    if not value:
        raise SellingPartnerUnavailable(f"Amazon's answer lacks {name}")
    return str(value)
