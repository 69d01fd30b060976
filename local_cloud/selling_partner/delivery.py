"""Delivers notifications to SQS queues with boto3: in the background, in order, with a bounded number of retries."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

_log = logging.getLogger(__name__)
_PAUSES = (0.2, 1.0, 3.0, 10.0)
"""Seconds between attempts; then the message is lost, which happens to real ones too."""


class Courier(Protocol):
    """Takes messages for queues."""

    def send(self, queue_arn: str, message: dict[str, Any]) -> None:
        """Deliver a message to the queue some time."""


class SqsCourier:
    """Sends to the queue that an ARN names, at the endpoint that boto3 finds in its environment (AWS_ENDPOINT_URL)."""

    def __init__(self) -> None:
        self._messages: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._clients: dict[str, Any] = {}
        self._urls: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def send(self, queue_arn: str, message: dict[str, Any]) -> None:
        """Deliver a message to the queue some time."""
        self._messages.put((queue_arn, json.dumps(message)))

    def stop(self) -> None:
        """End the thread once what is waiting has been tried."""
        self._messages.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while (item := self._messages.get()) is not None:
            self._deliver(*item)

    def _deliver(self, queue_arn: str, body: str) -> None:
        for pause in (*_PAUSES, None):
            try:
                client, url = self._queue(queue_arn)
                client.send_message(QueueUrl=url, MessageBody=body)
            except (BotoCoreError, ClientError) as error:
                _log.warning("notification to %s failed: %s", queue_arn, error)
                if pause is not None:
                    time.sleep(pause)
                continue
            return
        _log.error("notification to %s given up", queue_arn)

    def _queue(self, queue_arn: str) -> tuple[Any, str]:
        _, _, _, region, account_id, name = queue_arn.split(":", 5)
        if region not in self._clients:
            self._clients[region] = boto3.client("sqs", region_name=region)
        client = self._clients[region]
        if queue_arn not in self._urls:
            self._urls[queue_arn] = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account_id)["QueueUrl"]
        return client, self._urls[queue_arn]
