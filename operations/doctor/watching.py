"""What protects and watches: keys, alarms, and who hears of them."""

from collections.abc import Iterator

from operations.doctor.findings import (
    APPLY,
    Finding,
    counted,
    existing,
    failed,
    not_applicable,
    ok,
    unless_any,
    warning,
)
from operations.lake.location import Location

KEYS = ("data", "messages", "secrets")


def keys(lake: Location) -> list[Finding]:
    """The keys are enabled."""
    client, faults = lake.client("kms"), []
    for purpose in KEYS:
        key = existing(client.describe_key, KeyId=f"alias/{lake.named(purpose)}")
        if key is None:
            faults.append(failed(f"the key of {purpose} does not exist", APPLY))
        elif key["KeyMetadata"]["KeyState"] == "PendingDeletion":
            faults.append(
                failed(
                    f"the key of {purpose} is about to be deleted, and all that it encrypted is lost with it",
                    f"`aws kms cancel-key-deletion --key-id {key['KeyMetadata']['KeyId']}`, then enable the key",
                )
            )
        elif key["KeyMetadata"]["KeyState"] != "Enabled":
            faults.append(
                failed(
                    f"the key of {purpose} is {key['KeyMetadata']['KeyState']}",
                    f"`aws kms enable-key --key-id {key['KeyMetadata']['KeyId']}`",
                )
            )
    return unless_any(faults, f"{len(KEYS)} keys enabled")


def alarms(lake: Location) -> list[Finding]:
    """No alarm rings."""
    pages = lake.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{lake.prefix}-")
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    if not found:
        return [failed("there are no alarms", APPLY)]
    ringing = [
        failed(f"{alarm['AlarmName']} rings", alarm.get("AlarmDescription") or "see docs/runbooks/README.md")
        for alarm in found
        if alarm["StateValue"] == "ALARM"
    ]
    return unless_any(ringing, f"none of {counted(len(found), 'alarm')} rings")


def subscribers(lake: Location) -> Iterator[Finding]:
    """Somebody hears of alarms: each subscription to the topic is confirmed."""
    if lake.environment:
        yield not_applicable("the local cloud sends no mail")
        return
    pages = lake.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [
        subscription
        for page in pages.paginate(TopicArn=lake.outputs["alarms_topic_arn"])
        for subscription in page["Subscriptions"]
    ]
    pending = [one["Endpoint"] for one in found if one["SubscriptionArn"] == "PendingConfirmation"]
    for endpoint in pending:
        yield warning(f"{endpoint} has not confirmed its subscription", "follow the link in the mail of AWS")
    if not found:
        yield warning(
            "nobody hears of alarms",
            "set `alarm_email_addresses` in your tfvars, then run `terraform apply`",
        )
    elif not pending:
        yield ok(f"{counted(len(found), 'subscription')} to the alarms confirmed")
