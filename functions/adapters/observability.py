"""Alarms by SNS and figures for CloudWatch."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "SellingPartnerLake"
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
class CloudWatchMetrics:
    """Counters in the namespace SellingPartnerLake."""

    cloudwatch: Any

    def count(self, figures: Mapping[str, float]) -> None:
        """Put counters, zeros included: an alarm must distinguish nothing from no data."""
        data = [{"MetricName": name, "Value": float(value), "Unit": "Count"} for name, value in figures.items()]
        self.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
