"""The Lambda functions of the conformance tests.

What they see goes into a queue or bucket that the test names in the event.
"""

import json
import logging
import os
import time

import boto3

logging.getLogger().setLevel("INFO")


class QuotaExhausted(Exception):
    pass


def echo(event, context):
    return event


def refuse(event, context):
    """Tell that it was called, then raise."""
    logging.getLogger().info("refusing %s", event.get("id"))
    if "queue" in event:
        boto3.client("sqs").send_message(
            QueueUrl=event["queue"], MessageBody=json.dumps({"at": time.time(), "token": event.get("token")})
        )
    raise QuotaExhausted(json.dumps({"wait_until": event.get("wait_until", "2026-01-01T00:00:00Z")}))


def refuse_at_first(event, context):
    """Raise for the first `refusals` calls with this id, which a queue counts."""
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=event["queue"], MessageBody=json.dumps({"at": time.time(), "token": event.get("token")}))
    attributes = sqs.get_queue_attributes(QueueUrl=event["queue"], AttributeNames=["ApproximateNumberOfMessages"])[
        "Attributes"
    ]
    if int(attributes["ApproximateNumberOfMessages"]) <= event["refusals"]:
        raise QuotaExhausted("not yet")
    return "accepted"


def hand_over(event, context):
    """Send the task token to a queue; the test completes the task."""
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody=event["token"])
    return {}


def sleep(event, context):
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}


def send_event(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["RESULTS"], MessageBody="called")
    return {}


def batch(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["RESULTS"], MessageBody=str(len(event["Records"])))
    return {"batchItemFailures": []}


def raise_on_event(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["RESULTS"], MessageBody=json.dumps(event))
    raise QuotaExhausted("never")


def copy(event, context):
    """Copy an object within its bucket, with a client as the SDK makes it without settings."""
    s3 = boto3.client("s3")
    body = s3.get_object(Bucket=event["bucket"], Key=event["source"])["Body"].read()
    s3.put_object(Bucket=event["bucket"], Key=event["target"], Body=body)
    return len(body)


def tell(event, context):
    """Print a line."""
    print(event["line"])
    return {}
