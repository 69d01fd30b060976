"""Amazon CloudWatch alarms: by dimension, with missing data, evaluated on their own, and described in full."""

import html
import logging
import threading
import time
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import cloudwatch, sqs

from local_cloud.emulator.editing import edit

_SECONDS_BETWEEN_EVALUATIONS = 2
_log = logging.getLogger("alarms")


def alarms_know_their_dimensions() -> None:
    """An alarm looks at the metric with exactly its dimensions.

    Source: Amazon CloudWatch user guide, "Dimensions". The emulator pools all metrics of the name, so one function's
    error rings every function's alarm.
    """
    edit(
        cloudwatch,
        "_evaluate_alarm",
        (
            "    for (k_ns, k_mn, _), pts in _metrics.items():\n        if k_ns == ns and k_mn == mn:\n",
            (
                '    _wanted = _dims_key({d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []})\n'
                "    for (k_ns, k_mn, _have), pts in list(_metrics.items()):\n        if k_ns == ns and k_mn == mn and _have == _wanted:\n"
            ),
        ),
    )


def alarms_treat_missing_data() -> None:
    """Without data in its window an alarm does what TreatMissingData says, and goes back to OK when breaching data
    stops.

    Source: Amazon CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data". In the emulator it
    keeps its state for ever.
    """
    edit(
        cloudwatch,
        "_evaluate_alarm",
        ("    if not all_pts:\n        return\n", ""),
        (
            "    if not recent:\n        return\n",
            '    _missing = alarm.get("TreatMissingData") or "missing"\n    if not recent and _missing == "ignore":\n        return\n',
        ),
        ("    if val is None:\n        return\n", "    if recent and val is None:\n        return\n"),
        ("    cmp = {\n", "    val = val if recent else float('nan')\n    cmp = {\n"),
        (
            '    new_state = "ALARM" if breaching else "OK"\n',
            (
                '    new_state = "ALARM" if breaching else "OK"\n    if not recent:\n'
                '        new_state = {"breaching": "ALARM", "notBreaching": "OK"}.get(_missing, "INSUFFICIENT_DATA")\n'
            ),
        ),
    )


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

    Source: Amazon CloudWatch user guide, "Evaluating an alarm". Metrics that services record, such as AWS/States, ring
    nothing in the emulator.
    """
    _repeat("alarms", queues_only=False)


def queues_report_their_depth() -> None:
    """AWS/SQS ApproximateNumberOfMessagesVisible and ApproximateAgeOfOldestMessage are recorded for every queue.

    Source: Amazon SQS developer guide, "Available CloudWatch metrics for Amazon SQS". The emulator records neither, so
    dead letters alarm nobody.
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
    return f"<ActionsEnabled>{str(alarm.get('ActionsEnabled', True)).lower()}</ActionsEnabled>{actions}<Dimensions>{dimensions}</Dimensions>{single}"


def alarms_are_described_in_full() -> None:
    """DescribeAlarms tells an alarm's description, actions, dimensions, statistic, period and treatment of missing
    data.

    Source: Amazon CloudWatch API reference, MetricAlarm. The emulator's XML leaves them out, and every Terraform plan
    then shows a change.
    """
    edit(
        cloudwatch,
        "_describe_alarms",
        (
            """        + f"<StateReason>{a.get('StateReason','')}</StateReason>"\n""",
            """        + f"<StateReason>{a.get('StateReason','')}</StateReason>" + _alarm_remainder(a) +\n""",
        ),
        _alarm_remainder=_remainder,
    )
