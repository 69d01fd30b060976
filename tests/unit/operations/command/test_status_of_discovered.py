"""`lake status` of sources whose reports Amazon makes by itself: how many were found, and when the list was read."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from operations.command import app, status
from operations.lake.coverage import Coverage, Looked
from operations.lake.ledger import Status

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Coverage]:
    looked = Looked(NOW, "AccessDenied: no [role]", datetime.now(UTC) + timedelta(hours=5, minutes=1))
    rows = [
        Coverage("northwind", "deposits", "all", "all", "2026-10-23", "2026-11-20", 7, 7, 0, 0, looked=looked),
        Coverage("northwind", "credits", "all", "all", None, None, 0, 0, 0, 0, looked=Looked(None, None, None)),
        Coverage("northwind", "daily", "all", "DE", "2026-11-15", "2026-11-17", 3, 3, 0, 0),
    ]
    monkeypatch.setattr(status, "find", lambda _config: None)
    monkeypatch.setattr(status, "read_status", lambda _lake, _now, **_only: Status(rows, []))
    monkeypatch.setenv("COLUMNS", "160")
    return rows


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["status", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_people_see_how_many_and_when_the_list_was_read(rows: list[Coverage]) -> None:
    lines = [line.split() for line in printed().splitlines()]
    assert [
        "northwind",
        "deposits",
        "all",
        "7",
        "2026-11-20T12:00:00Z",
        "in",
        "5",
        "h",
        "AccessDenied:",
        "no",
        "[role]",
    ] in lines
    assert ["northwind", "credits", "all", "0", "never", "within", "minutes", "-"] in lines
    assert sum("daily" in line for line in lines) == 1
    del rows[:2]
    assert "Amazon itself" not in printed()


def test_programs_see_it_too(rows: list[Coverage]) -> None:
    deposits, _, daily = json.loads(printed("--json"))["coverage"]
    assert (deposits["looked"]["at"], deposits["looked"]["why_not"]) == (
        "2026-11-20T12:00:00Z",
        "AccessDenied: no [role]",
    )
    assert daily["looked"] is None
