"""`lake doctor`: what people and programs are told, and the exit status."""

import json
from typing import Any

import pytest
from ingestion.errors import AwsCallFailed
from typer.testing import CliRunner

from operations.command import app, doctor
from operations.doctor.findings import Check, Finding, failed, not_applicable, ok, warning

CHECK = Check("queues", ("sqs:GetQueueAttributes",), lambda _lake: ())
LONG = failed("2 messages in the dead-letter queue notifications_dlq, which is a long sentence", "see the runbook " * 6)


def finding(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> list[Any]:
    asked: list[Any] = []

    def examine(_lake: object, checks: Any) -> Any:
        asked.extend(check.name for check in checks)
        return ((CHECK, one) for one in findings)

    monkeypatch.setattr(doctor, "find", lambda _config: None)
    monkeypatch.setattr(doctor, "examine", examine)
    return asked


def test_warnings_do_not_change_the_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    finding(monkeypatch, ok("all is well"), warning("nobody hears of alarms", "name somebody"), not_applicable("no"))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ok      queues      all is well",
        "warning queues      nobody hears of alarms",
        "                    -> name somebody",
        "n/a     queues      no",
        "",
        "0 failed, 1 warnings, 1 ok, 1 not applicable",
    ]


def test_a_failure_does_and_long_sentences_fit_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    finding(monkeypatch, LONG)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert " ".join(result.stdout.split()).count("see the runbook") == 6


def test_programs_get_json_and_the_same_exit_status(monkeypatch: pytest.MonkeyPatch) -> None:
    finding(monkeypatch, ok("all is well"), LONG)
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["healthy"] is False
    assert answer["findings"][0] == {"check": "queues", "verdict": "ok", "said": "all is well", "remedy": ""}


def test_only_some_checks_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = finding(monkeypatch, ok("all is well"))
    assert CliRunner().invoke(app, ["doctor", "--only", "queues", "--only", "keys"]).exit_code == 0
    assert asked == ["queues", "keys"]
    unknown = CliRunner().invoke(app, ["doctor", "--only", "queue"])
    assert unknown.exit_code == 2
    assert "there is no check queue: one of functions, schedules, queues" in unknown.stderr


def test_an_error_that_an_adapter_names_is_explained_by_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import NoCredentialsError

    def examine(*_: Any) -> Any:
        raise AwsCallFailed("Unable to locate credentials") from NoCredentialsError()

    finding(monkeypatch)
    monkeypatch.setattr(doctor, "examine", examine)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert result.stderr.startswith("lake: no AWS credentials: log in")
