"""Amazon CloudWatch Logs: metrics that are embedded in log events."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs

from local_cloud.emulator.editing import wrap

Metric = tuple[str, str, float, str, dict[str, str]]
"""Namespace, name, value, unit, dimensions."""
_log = logging.getLogger("embedded metrics")


class BrokenFormatError(Exception):
    """A log event says that it embeds metrics, and breaks the specification."""


def metrics_of(line: str) -> Iterator[Metric]:
    """The metrics that a log line embeds; none if it embeds none.

    BrokenFormatError if it breaks the specification.
    """
    if '"_aws"' not in line:
        return
    try:
        root = json.loads(line)
    except ValueError:
        return  # a text that happens to hold the word
    if not isinstance(root, dict) or not isinstance(root.get("_aws"), dict):
        return
    if not isinstance(root["_aws"].get("Timestamp"), int):
        raise BrokenFormatError("_aws.Timestamp must be a number of milliseconds")
    for directive in root["_aws"].get("CloudWatchMetrics", ()):
        yield from _of_directive(directive, root)


def _of_directive(directive: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Metric]:
    missing = [name for name in ("Namespace", "Dimensions", "Metrics") if name not in directive]
    if missing:
        raise BrokenFormatError(f"a directive lacks {', '.join(missing)}")
    if len(directive["Metrics"]) > 100:
        raise BrokenFormatError("a directive has at most 100 metrics")
    for names in directive["Dimensions"]:
        strings = {name: root.get(name) for name in names}
        if not all(isinstance(value, str) and value for value in strings.values()):
            raise BrokenFormatError(f"dimensions must be texts: {strings}")
        for metric in directive["Metrics"]:
            values = root.get(metric["Name"])
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise BrokenFormatError(f"the value of {metric['Name']} must be a number: {value!r}")
                yield directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), dict(strings)


def log_events_embed_metrics() -> None:
    """A log event in the embedded metric format becomes metrics, with its namespace, dimensions and units.

    One that breaks the format is stored and gives no metric, as on AWS; the emulator's log says why.

    Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".
    Upstream: ministack.services.cloudwatch_logs._append_log_events stores the event only.
    Remove when: a metric that a function prints in this format has data (test_embedded_metrics.py).
    """

    def append(inner: Callable[..., None], stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        inner(stream, events)
        for event in events:
            try:
                found = list(metrics_of(event["message"]))
            except BrokenFormatError as error:
                _log.warning("no metrics of a log event: %s: %s", error, event["message"])
                continue
            for metric in found:
                cloudwatch.record_metric(*metric)

    wrap(cloudwatch_logs, "_append_log_events", append)
