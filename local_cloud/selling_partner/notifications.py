"""The Notifications API v1: destinations, subscriptions, and the message that a report has ended."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import Any

from local_cloud.selling_partner.accounts import Account, Application, Directory
from local_cloud.selling_partner.clock import Clock, iso_milliseconds
from local_cloud.selling_partner.delivery import Courier
from local_cloud.selling_partner.errors import invalid_input, not_found, state_conflict, unauthorized
from local_cloud.selling_partner.models import violations
from local_cloud.selling_partner.report import Report
from local_cloud.world.randomness import fraction

MODEL = "notifications"
TYPE = "REPORT_PROCESSING_FINISHED"
NOTIFICATION_TYPES = (
    TYPE,
    "ACCOUNT_STATUS_CHANGED",
    "ANY_OFFER_CHANGED",
    "B2B_ANY_OFFER_CHANGED",
    "DATA_KIOSK_QUERY_PROCESSING_FINISHED",
    "FBA_INVENTORY_AVAILABILITY_CHANGES",
    "FBA_OUTBOUND_SHIPMENT_STATUS",
    "FEE_PROMOTION",
    "FEED_PROCESSING_FINISHED",
    "FULFILLMENT_ORDER_STATUS",
    "ORDER_CHANGE",
    "PRICING_HEALTH",
    "TRANSACTION_UPDATE",
)
_TWICE = 0.1
"""Share of messages that arrive twice: delivery is at least once."""


@dataclass(frozen=True)
class Destination:
    """A queue (or event bus) of an application."""

    id: str
    application: str
    name: str
    resource: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        """Return the destination as the API shows it."""
        return {"name": self.name, "resource": self.resource, "destinationId": self.id}


@dataclass(frozen=True)
class Subscription:
    """An account's wish to have one type of notification sent to a destination."""

    id: str
    account: str
    type: str
    payload_version: str
    destination_id: str

    def shown(self) -> dict[str, Any]:
        """Return the subscription as the API shows it."""
        return {"subscriptionId": self.id, "payloadVersion": self.payload_version, "destinationId": self.destination_id}


class NotificationService:
    """All destinations and subscriptions, and the messages that follow from them."""

    def __init__(self, directory: Directory, clock: Clock, courier: Courier, seed: int) -> None:
        self._directory = directory
        self._clock = clock
        self._courier = courier
        self._seed = seed
        self._destinations: dict[str, Destination] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._lock = threading.Lock()

    def create_destination(self, application: str, body: object) -> dict[str, Any]:
        """createDestination; a second one for the same queue conflicts."""
        wrong = violations(MODEL, "CreateDestinationRequest", body)
        if wrong or not isinstance(body, dict):
            raise invalid_input("Invalid input", "; ".join(wrong))
        resource = body["resourceSpecification"]
        if len({"sqs", "eventBridge"} & resource.keys()) != 1:
            raise invalid_input("Invalid input", "resourceSpecification must have either sqs or eventBridge.")
        with self._lock:
            if any(
                item.application == application and item.resource == resource for item in self._destinations.values()
            ):
                raise state_conflict("Destination already exists for this resource.")
            destination = Destination(str(uuid.uuid4()), application, body["name"], resource)
            self._destinations[destination.id] = destination
        return destination.shown()

    def destinations(self, application: str) -> list[dict[str, Any]]:
        """getDestinations."""
        return [item.shown() for item in self._destinations.values() if item.application == application]

    def destination(self, application: str, destination_id: str) -> dict[str, Any]:
        """getDestination."""
        return self._destination(application, destination_id).shown()

    def delete_destination(self, application: str, destination_id: str) -> None:
        """deleteDestination; not while a subscription uses it."""
        with self._lock:
            self._destination(application, destination_id)
            if any(item.destination_id == destination_id for item in self._subscriptions.values()):
                raise state_conflict("Destination is used by a subscription.")
            del self._destinations[destination_id]

    def subscribe(self, account: Account, notification_type: str, body: object) -> dict[str, Any]:
        """createSubscription."""
        _check_type(notification_type)
        wrong = violations(MODEL, "CreateSubscriptionRequest", body)
        if wrong or not isinstance(body, dict):
            raise invalid_input("Invalid input", "; ".join(wrong))
        if not account.may_subscribe:
            raise unauthorized("")
        _check_subscription(notification_type, body)
        self._destination(account.application, body["destinationId"])
        with self._lock:
            if self._of(account, notification_type):
                raise state_conflict(f"Subscription already exist for notification type {notification_type}")
            subscription = Subscription(
                str(uuid.uuid4()), account.name, notification_type, body["payloadVersion"], body["destinationId"]
            )
            self._subscriptions[subscription.id] = subscription
        return subscription.shown()

    def subscription(self, account: Account, notification_type: str) -> dict[str, Any]:
        """getSubscription."""
        _check_type(notification_type)
        found = self._of(account, notification_type)
        if found is None:
            raise not_found(f"Subscription not found for notification type {notification_type}.")
        return found.shown()

    def subscriptions(self, account: Account, notification_types: list[str]) -> dict[str, Any]:
        """getSubscriptions."""
        for notification_type in notification_types:
            _check_type(notification_type)
        found = [self._of(account, notification_type) for notification_type in notification_types]
        return {"subscriptions": [item.shown() for item in found if item]}

    def subscription_by_id(self, application: str, subscription_id: str) -> dict[str, Any]:
        """getSubscriptionById."""
        return self._by_id(application, subscription_id).shown()

    def unsubscribe(self, application: str, subscription_id: str) -> None:
        """deleteSubscriptionById."""
        with self._lock:
            self._by_id(application, subscription_id)
            del self._subscriptions[subscription_id]

    def report_finished(self, report: Report) -> None:
        """Tell the account's subscriber that a report has ended; now and then twice."""
        subscription = self._of(report.account, TYPE)
        if subscription is None:
            return
        destination = self._destinations[subscription.destination_id]
        arn = destination.resource.get("sqs", {}).get("arn")
        if arn is None:
            return
        message = self._message(report, subscription, self._directory.application_of(report.account))
        self._courier.send(arn, message)
        if (
            fraction(
                self._seed,
                report.account.name,
                report.report_type,
                report.start,
                sorted(report.options.items()),
                "twice",
            )
            < _TWICE
        ):
            self._courier.send(arn, message)

    def _message(self, report: Report, subscription: Subscription, application: Application) -> dict[str, Any]:
        now = self._clock.now()
        content: dict[str, Any] = (
            {"sellerId": report.account.selling_partner_id} if report.account.kind == "seller" else {}
        )
        content |= {
            "accountId": report.account.account_id,
            "reportId": report.id,
            "reportType": report.report_type,
            "processingStatus": report.status,
        }
        if report.document_id:
            content["reportDocumentId"] = report.document_id
        return {
            "notificationVersion": "2020-09-04",
            "notificationType": TYPE,
            "payloadVersion": "2020-09-04",
            "eventTime": iso_milliseconds(report.processing_end or now),
            "payload": {"reportProcessingFinishedNotification": content},
            "notificationMetadata": {
                "applicationId": application.id,
                "subscriptionId": subscription.id,
                "publishTime": iso_milliseconds(now),
                "notificationId": str(uuid.uuid4()),
            },
        }

    def _destination(self, application: str, destination_id: str) -> Destination:
        found = self._destinations.get(destination_id)
        if found is None or found.application != application:
            raise not_found("The specified destination could not be found.")
        return found

    def _by_id(self, application: str, subscription_id: str) -> Subscription:
        found = self._subscriptions.get(subscription_id)
        if found is None or self._directory.accounts[found.account].application != application:
            raise not_found("The specified subscription could not be found.")
        return found

    def _of(self, account: Account, notification_type: str) -> Subscription | None:
        return next(
            (
                item
                for item in list(self._subscriptions.values())
                if item.account == account.name and item.type == notification_type
            ),
            None,
        )


def _check_type(notification_type: str) -> None:
    if notification_type not in NOTIFICATION_TYPES:
        raise invalid_input("Invalid input", f"Notification type {notification_type} is invalid.")


def _check_subscription(notification_type: str, body: dict[str, Any]) -> None:
    if body["payloadVersion"] != "1.0":
        raise invalid_input(
            "Invalid input",
            f"Payload version {body['payloadVersion']} is not supported for notification type {notification_type}.",
        )
    if "eventFilter" in body.get("processingDirective", {}):
        raise invalid_input("Invalid input", f"eventFilter is not supported for notification type {notification_type}.")
