"""`lake status`: what people and programs are told."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from typer.testing import CliRunner

from operations.command import app, status
from operations.lake.coverage import Coverage, OpenWindow, what_to_do
from operations.lake.ledger import Status

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30, seconds=50)
WAITING = tuple(OpenWindow(f"2026-11-{day}", "planned", "planned; waits: FATAL [x]", SOON) for day in (14, 15, 16))
STORED = (OpenWindow("2026-11-17", "stored", "stored; waits for curation", None),)
ROWS = [
    Coverage("contoso", "vendor_sales", "retail", "US", "2026-11-14", "2026-11-17", 4, 3, 1, 0),
    Coverage(
        "northwind", "sales_and_traffic", "child", "DE", "2026-11-13", "2026-11-17", 5, 1, 0, 0, STORED, WAITING, SOON
    ),
]


FAULTS: list[str] = []


class Clock(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Coverage]:
    found = list(ROWS)
    monkeypatch.setattr(status, "find", lambda _config: None)
    monkeypatch.setattr(status, "read_status", lambda _lake, _now, **_only: Status(found, FAULTS))
    monkeypatch.setattr(status, "datetime", Clock)
    monkeypatch.setenv("COLUMNS", "160")
    return found


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["status", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_people_see_counts_and_what_is_open_grouped_by_why() -> None:
    lines = [line.split() for line in printed().splitlines()]
    assert ["contoso", "vendor_sales", "US", "2026-11-14", "2026-11-17", "4", "3", "1", "0", "0"] in lines
    assert ["northwind", "sales_and_traffic", "DE", "2026-11-13", "2026-11-17", "5", "1", "0", "1", "3"] in lines
    assert [
        "northwind",
        "sales_and_traffic",
        "DE",
        "3:",
        "2026-11-14",
        "...",
        "2026-11-16",
        "planned;",
        "waits:",
        "FATAL",
        "[x]",
        "in",
        "30",
        "min",
    ] in lines
    assert ["northwind", "sales_and_traffic", "DE", "2026-11-17", "stored;", "waits", "for", "curation", "-"] in lines


def test_variants_are_shown_where_there_are_several(rows: list[Coverage]) -> None:
    assert "(retail)" not in printed()
    rows.append(Coverage("contoso", "vendor_sales", "fresh", "US", None, None, 0, 0, 0, 0))
    assert "vendor_sales (retail)" in printed()


def test_programs_get_everything() -> None:
    answer = json.loads(printed("--json"))
    _, row = answer["coverage"]
    assert row["windows"] == {
        "expected": 5,
        "complete": 1,
        "curated": 1,
        "no_data": 0,
        "in_progress": 1,
        "missing": 3,
        "asked_again": 0,
    }
    assert row["missing"][0] == {
        "window": "2026-11-14",
        "state": "planned",
        "why": "planned; waits: FATAL [x]",
        "comes_at": f"{SOON:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert row["next_window_at"] == f"{SOON:%Y-%m-%dT%H:%M:%SZ}"


def test_nothing_enabled_is_an_error(rows: list[Coverage]) -> None:
    rows.clear()
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 1
    assert "no source is enabled" in result.stderr


def test_a_source_of_which_nothing_is_due_says_when_it_will_be(rows: list[Coverage]) -> None:
    assert "Nothing due yet" not in printed()
    rows += [
        Coverage(
            "contoso",
            "vendor_forecasting",
            "retail",
            "US",
            None,
            None,
            0,
            0,
            0,
            0,
            next_window_at=NOW + timedelta(hours=5),
        ),
        Coverage("northwind", "search_terms", "week", "DE", None, None, 0, 0, 0, 0),
    ]
    said = printed().partition("Nothing due yet, by the contract")[2]
    assert "vendor_forecasting   US   in 5 h" in said
    assert "never: no whole window lies between the account's dates" in said
    assert "vendor_sales" not in said.partition("Not complete")[0]


def test_accounts_without_credentials_say_what_to_do(rows: list[Coverage]) -> None:
    assert "credentials" not in printed()
    why = "the secret lake/accounts/contoso/refresh-token has no refresh_token"
    missing = (OpenWindow("2026-11-14", "not_planned", what_to_do("contoso"), None),)
    rows[0] = replace(rows[0], waits=why, missing=missing)
    said = printed()
    assert said.count("Waiting for credentials") == 1
    assert [line.split() for line in said.splitlines() if "lake/accounts/contoso" in line] == [
        ["contoso", *what_to_do("contoso").split(), *why.split()]
    ]
    assert "lake account add contoso" in said.split("Not complete")[1]
    assert [row["waits_for_credentials"] for row in json.loads(printed("--json"))["coverage"]] == [why, None]


def test_parameters_that_cannot_be_read_are_shown(monkeypatch: pytest.MonkeyPatch, rows: list[Coverage]) -> None:
    fault = "the parameter /lake/accounts/bad cannot be used: no [JSON]"
    monkeypatch.setattr(f"{__name__}.FAULTS", [fault])
    rows.clear()
    assert fault in printed()
    assert json.loads(printed("--json"))["unreadable"] == [fault]
