"""Alarms by SNS, and figures for CloudWatch inside the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from ingestion.instants import Clock, rfc_3339

NAMESPACE = "SellingPartnerLake"
_DIMENSION = "FunctionName"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TopicAlarms:
    """The alarm topic. SNS takes subjects of at most 100 ASCII characters on one line."""

    sns: Any
    topic_arn: str

    def publish(self, subject: str, message: str) -> None:
        """Send to the topic, and log the same."""
        log.error("alarm: %s", subject, extra={"alarm": message})
        line = " ".join(subject.split()).encode("ascii", "replace").decode()[:100]
        self.sns.publish(TopicArn=self.topic_arn, Subject=line, Message=message[:100_000])


@dataclass(frozen=True)
class EmbeddedMetrics:
    """Figures in the embedded metric format: CloudWatch Logs makes metrics of a log line (CloudWatch user guide).

    No call and no permission is needed. The dimension is the function, whose name begins with the stack's prefix: two
    stacks in one account do not mix. `level` is the one from which on Lambda keeps log lines, so that none is dropped.
    """

    function: str
    level: str
    clock: Clock
    stream: TextIO

    def record(self, figures: Mapping[str, float]) -> None:
        """Write one line, zeros included: an alarm must distinguish nothing from no data."""
        now = self.clock()
        metrics = [{"Name": name, "Unit": _unit(name)} for name in figures]
        directive = {"Namespace": NAMESPACE, "Dimensions": [[_DIMENSION]], "Metrics": metrics}
        line = {
            "timestamp": rfc_3339(now),
            "level": self.level,
            "message": "figures",
            _DIMENSION: self.function,
            **figures,
            "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        }
        print(json.dumps(line), file=self.stream, flush=True)


def _unit(name: str) -> str:
    return "Seconds" if name.endswith("Seconds") else "Count"
