"""Amazon CloudWatch alarms: by dimension, with missing data, evaluated on their own, and described in full."""

import html
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import cloudwatch, sqs

from local_cloud.emulator.editing import edit, wrap

_SECONDS_BETWEEN_EVALUATIONS = 2
_log = logging.getLogger("alarms")


def _metrics_of(alarm: dict[str, Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The metrics with the name, namespace and dimensions of an alarm: their keys and data points."""
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or []}
    wanted = (alarm.get("Namespace"), alarm.get("MetricName"), cloudwatch._dims_key(dimensions))
    return [(key, points) for key, points in list(cloudwatch._metrics.items()) if key == wanted]


def alarms_know_their_dimensions() -> None:
    """An alarm looks at the metric with exactly its dimensions.

    Source: Amazon CloudWatch user guide, "Dimensions".
    Upstream: ministack.services.cloudwatch._evaluate_alarm pools all metrics of the name, so that one function's error
    raises every function's alarm.
    Remove when: an alarm stays OK while the metric with other dimensions breaches its threshold (test_alarms.py).

    Edited, because the function reads the module's table of metrics, which a wrapper cannot narrow for one call.
    """
    edit(
        cloudwatch,
        "_evaluate_alarm",
        ("in _metrics.items():", "in _metrics_of(alarm):"),
        _metrics_of=_metrics_of,
    )


def alarms_treat_missing_data() -> None:
    """Without data in its window an alarm does what TreatMissingData says.

    An alarm whose metric is recorded only for errors goes back to OK when the errors stop (notBreaching).

    Source: Amazon CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
    Upstream: ministack.services.cloudwatch._evaluate_alarm returns when there are no data, so the alarm keeps its
    state.
    Remove when: an alarm without data takes the state that its TreatMissingData asks for (test_alarms.py).
    """

    def evaluate(inner: Callable[..., None], alarm: dict[str, Any]) -> None:
        since = time.time() - alarm.get("Period", 60) * alarm.get("EvaluationPeriods", 1)
        points = (point for _, series in _metrics_of(alarm) for point in series)
        if not alarm.get("MetricName") or any(point["Timestamp"] >= since for point in points):
            inner(alarm)
            return
        treatment, before = alarm.get("TreatMissingData") or "missing", alarm["StateValue"]
        states = {"ignore": before, "breaching": "ALARM", "notBreaching": "OK"}
        now = states.get(treatment, "INSUFFICIENT_DATA")
        if now == before:
            return
        reason = f"No datapoints were received for {alarm.get('EvaluationPeriods', 1)} periods (treated as {treatment})"
        alarm.update(StateValue=now, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], before, now, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, now, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    wrap(cloudwatch, "_evaluate_alarm", evaluate)


def _evaluate(queues_only: bool) -> None:
    for account, region in {key[:2] for key in list((sqs._queues if queues_only else cloudwatch._alarms)._data)}:
        set_request_account_id(account)
        set_request_region(region)
        if queues_only:
            _measure_queues()
        else:
            cloudwatch._evaluate_all_alarms()


def _measure_queues() -> None:
    now = time.time()
    for queue in list(sqs._queues.values()):
        dimensions = {"QueueName": queue["attributes"]["QueueArn"].split(":")[-1]}
        messages = list(queue["messages"])
        visible = sum(message.get("visible_at", 0) <= now for message in messages)
        oldest = max((now - message["sent_at"] for message in messages), default=0)
        cloudwatch.record_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", visible, "Count", dimensions)
        cloudwatch.record_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", oldest, "Seconds", dimensions)


def _repeat(name: str, queues_only: bool) -> None:
    def loop() -> None:
        while True:
            time.sleep(_SECONDS_BETWEEN_EVALUATIONS)
            try:
                _evaluate(queues_only)
            except Exception:  # noqa: BLE001 - logged, and the next round tries again
                _log.exception("%s failed this time", name)

    threading.Thread(target=loop, daemon=True, name=name).start()


def alarms_are_evaluated_on_their_own() -> None:
    """Alarms are evaluated every few seconds, not only when someone calls PutMetricData.

    Source: Amazon CloudWatch user guide, "Evaluating an alarm".
    Upstream: ministack.services.cloudwatch._evaluate_all_alarms runs after PutMetricData only, so that metrics which
    services record themselves, such as AWS/States, change no alarm.
    Remove when: a failed execution alone puts an alarm into ALARM (test_alarms.py).
    """
    _repeat("alarms", queues_only=False)


def queues_report_their_depth() -> None:
    """The number of visible messages and the age of the oldest one are recorded for every queue.

    Source: Amazon SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
    Upstream: ministack.services.cloudwatch.record_metric is not called for AWS/SQS, so an alarm on a dead-letter queue
    never changes.
    Remove when: ApproximateNumberOfMessagesVisible and ApproximateAgeOfOldestMessage have data (test_alarms.py).
    """
    _repeat("queue depth", queues_only=True)


def _remainder(alarm: dict[str, Any]) -> str:
    def text(value: object) -> str:
        return html.escape(str(value))

    actions = "".join(
        f"<{kind}>" + "".join(f"<member>{text(action)}</member>" for action in alarm.get(kind) or []) + f"</{kind}>"
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
    )
    dimensions = "".join(
        f"<member><Name>{text(dimension['Name'])}</Name><Value>{text(dimension['Value'])}</Value></member>"
        for dimension in alarm.get("Dimensions") or []
    )
    fields = ("AlarmDescription", "Statistic", "ExtendedStatistic", "Period", "TreatMissingData", "Unit")
    single = "".join(f"<{field}>{text(alarm[field])}</{field}>" for field in fields if alarm.get(field))
    enabled = str(alarm.get("ActionsEnabled", True)).lower()
    return f"<ActionsEnabled>{enabled}</ActionsEnabled>{actions}<Dimensions>{dimensions}</Dimensions>{single}"


def alarms_are_described_in_full() -> None:
    """DescribeAlarms returns an alarm's description, actions, dimensions, statistic, period and missing data treatment.

    Source: Amazon CloudWatch API reference, MetricAlarm.
    Upstream: ministack.services.cloudwatch._describe_alarms leaves them out of its XML, and every Terraform plan shows
    a change.
    Remove when: the XML answer has these elements (test_alarms.py).

    Edited, because a wrapper would have to parse the XML that the function has just written.
    """
    edit(
        cloudwatch,
        "_describe_alarms",
        ("{a.get('Namespace','')}</Namespace>", "{a.get('Namespace','')}</Namespace>{_alarm_remainder(a)}"),
        _alarm_remainder=_remainder,
    )
