"""Amazon SQS: batches for functions, and the way back from the dead-letter queue."""

import json

import pytest


@pytest.mark.patch("mappings_gather_a_batch")
def test_a_mapping_waits_for_its_window_and_takes_more_than_ten(lab):
    source, source_arn = lab.queue(VisibilityTimeout="60")
    results, _ = lab.queue()
    lab.client("lambda").create_event_source_mapping(
        EventSourceArn=source_arn,
        FunctionName=lab.function("batch", RESULTS=results),
        BatchSize=100,
        MaximumBatchingWindowInSeconds=3,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    for first in (0, 10, 20):
        lab.client("sqs").send_message_batch(
            QueueUrl=source, Entries=[{"Id": str(number), "MessageBody": "x"} for number in range(first, first + 10)]
        )
    assert [message["Body"] for message in lab.drain(results, 1, 10)] == ["30"]


@pytest.mark.patch("dead_letters_can_be_redriven")
def test_dead_letters_go_back_to_their_queue_with_a_fresh_count(lab):
    dead_url, dead_arn = lab.queue()
    url, arn = lab.queue(
        VisibilityTimeout="0", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
    )
    sqs = lab.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="lost")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)
    handle = sqs.start_message_move_task(SourceArn=dead_arn)["TaskHandle"]
    back = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"], WaitTimeSeconds=2)["Messages"]
    assert [(message["Body"], message["Attributes"]["ApproximateReceiveCount"]) for message in back] == [("lost", "1")]
    task = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"][0]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert handle
    assert arn != dead_arn
    assert "Messages" not in sqs.receive_message(QueueUrl=dead_url)
