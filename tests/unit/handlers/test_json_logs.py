from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from handlers.json_logs import JsonFormatter, logged
from ingestion.errors import AccessTokenExpired

AT = datetime(2026, 11, 26, 4, 5, 6, 70_000, tzinfo=UTC)


def line(number: int, **extra: Any) -> dict[str, Any]:
    record = logging.makeLogRecord(
        {"levelno": number, "levelname": logging.getLevelName(number), "msg": "swept", "created": AT.timestamp()}
        | extra
    )
    found: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return found


def test_a_line_has_the_timestamp_that_lambda_needs_to_filter_it_by_level() -> None:
    assert line(logging.INFO)["timestamp"] == "2026-11-26T04:05:06.070Z"
    assert datetime.fromisoformat(line(logging.INFO)["timestamp"]) == AT


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (logging.DEBUG, "DEBUG"),
        (logging.INFO, "INFO"),
        (logging.WARNING, "WARN"),
        (logging.ERROR, "ERROR"),
        (logging.CRITICAL, "FATAL"),
    ],
)
def test_levels_have_the_names_that_lambda_knows(level: int, name: str) -> None:
    assert line(level)["level"] == name


def test_extra_fields_do_not_replace_what_the_filter_reads() -> None:
    found = line(logging.ERROR, level="debug", timestamp="today", account="northwind")
    assert (found["level"], found["timestamp"], found["account"]) == ("ERROR", "2026-11-26T04:05:06.070Z", "northwind")


@pytest.mark.parametrize(("error", "level"), [(AccessTokenExpired("x"), "WARNING"), (KeyError("x"), "ERROR")])
def test_only_a_failure_that_the_system_understands_is_a_warning(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    @logged
    def handler(event: dict[str, Any], context: object) -> None:
        raise error

    with pytest.raises(type(error)):
        handler({}, None)
    assert [record.levelname for record in caplog.records] == [level]
