"""Alarms and figures in memory."""

from __future__ import annotations

from collections.abc import Mapping


class FakeAlarms:
    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []

    def publish(self, subject: str, message: str) -> None:
        self.published.append((subject, message))


class FakeMetrics:
    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def record(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self.figures[name] = self.figures.get(name, 0) + value
