"""Amazon SQS and its Lambda event source mappings: the batching window, and redrive of a dead-letter queue."""

import time
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import lambda_svc, sqs

from local_cloud.emulator.editing import edit, replace


def mappings_gather_a_batch() -> None:
    """An event source mapping waits up to MaximumBatchingWindowInSeconds for a full batch.

    A batch may exceed ten messages.

    Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS", batching behavior.
    Upstream: ministack.services.sqs._receive_messages_for_esm hands over what is there, ten messages at most.
    Remove when: twelve messages that come one after the other are one batch (test_queues.py).

    The poller is edited, because it does not pass the mapping on to the function that receives.
    """
    first_seen: dict[str, float] = {}

    def receive(queue_url: str, batch_size: int, mapping: dict[str, Any]) -> list[dict[str, Any]]:
        identity, window = mapping["UUID"], float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        with sqs._queues_lock:
            queue, now = sqs._get_q(queue_url), time.time()
            sqs._expire_retained(queue)
            sqs._dlq_sweep(queue)
            waiting = sum(message["visible_at"] <= now for message in queue["messages"])
            if waiting < batch_size and (not waiting or now < first_seen.setdefault(identity, now) + window):
                if not waiting:
                    first_seen.pop(identity, None)
                return []
            first_seen.pop(identity, None)
            batch: list[dict[str, Any]] = sqs._collect_msgs(
                queue, int(batch_size or 1), int(queue["attributes"].get("VisibilityTimeout", "30"))
            )
            return batch

    replace(sqs, "_receive_messages_for_esm", receive)
    edit(
        lambda_svc,
        "_poll_sqs",
        (
            "_sqs._receive_messages_for_esm(queue_url, batch_size)",
            "_sqs._receive_messages_for_esm(queue_url, batch_size, esm)",
        ),
    )


def dead_letters_can_be_redriven() -> None:
    """StartMessageMoveTask moves messages of a dead-letter queue to where they came from, or to DestinationArn.

    A moved message starts with a receive count of zero.

    Source: Amazon SQS API reference, StartMessageMoveTask and ListMessageMoveTasks.
    Upstream: ministack.services.sqs._HANDLERS has neither.
    Remove when: the emulator has both calls (test_queues.py).
    """
    tasks: list[dict[str, Any]] = []

    def move(dead_letters: dict[str, Any], destination: str | None) -> int:
        kept: list[dict[str, Any]] = []
        for message in dead_letters["messages"]:
            target = sqs._queue_by_arn(destination or (message.get("sys") or {}).get("DeadLetterQueueSourceArn", ""))
            if target is None or message["visible_at"] > time.time():
                kept.append(message)
                continue
            message.update(receive_count=0, first_receive_at=None, receipt_handle=None, visible_at=time.time())
            message["sys"].pop("DeadLetterQueueSourceArn", None)
            target["messages"].append(message)
        moved = len(dead_letters["messages"]) - len(kept)
        dead_letters["messages"] = kept
        return moved

    def start(data: dict[str, Any], _url: str) -> dict[str, Any]:
        dead_letters = sqs._queue_by_arn(data["SourceArn"])
        if dead_letters is None:
            raise sqs._Err(
                "ResourceNotFoundException",
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            )
        with sqs._queues_lock:
            moved = move(dead_letters, data.get("DestinationArn"))
        task = {
            "TaskHandle": new_uuid(),
            "Status": "COMPLETED",
            "SourceArn": data["SourceArn"],
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(time.time() * 1000),
        }
        tasks.insert(0, task)
        sqs.esm_wake.set()
        return {"TaskHandle": task["TaskHandle"]}

    def listed(data: dict[str, Any], _url: str) -> dict[str, Any]:
        return {"Results": [task for task in tasks if task["SourceArn"] == data["SourceArn"]][:10]}

    sqs._HANDLERS.update(StartMessageMoveTask=start, ListMessageMoveTasks=listed)
