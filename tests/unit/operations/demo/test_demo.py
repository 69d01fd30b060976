"""The demo's waiting and its summary; the steps themselves are what the end-to-end tests go through."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ingestion.configuration.contracts import Grain, RequestContract
from ingestion.windows.calendar import due_at, due_windows, next_window
from rich.console import Console

from operations.contracts import bundle
from operations.demo import run, summary, waiting
from operations.demo.accounts import MAIN, demo_accounts
from operations.demo.questions import QUESTIONS
from operations.demo.run import LOCAL_VARIABLES, Demo
from operations.demo.steps import StepFailedError
from operations.deployment.terraform import ROOT
from operations.lake.athena import Column, QueryResult
from operations.lake.coverage import Coverage, OpenWindow
from operations.lake.location import Location

LakeOf = Callable[..., Location]


def row(*open_windows: OpenWindow, complete: int = 0) -> Coverage:
    coming = tuple(window for window in open_windows if window.state in {"requested", "stored"})
    missing = tuple(window for window in open_windows if window not in coming)
    return Coverage(
        "northwind",
        "all_orders",
        "all",
        "DE",
        "2026-11-01",
        "2026-11-03",
        complete + len(open_windows),
        complete,
        0,
        0,
        coming,
        missing,
    )


def window(state: str, comes_at: datetime | None = None) -> OpenWindow:
    return OpenWindow("2026-11-01", state, f"because it is {state}", comes_at)


class Scene:
    """What the demo sees, one coverage after the other, on a clock that its pauses push forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *seen: list[Coverage], curating: bool = False) -> None:
        self.seen, self.dispatched, self.looked, self.now = list(seen), 0, 0, 0.0
        monkeypatch.setattr(
            waiting, "read_coverage", lambda _lake, _now: self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]
        )
        for module in (run, waiting):
            monkeypatch.setattr(module, "invoke", self._dispatch)
        monkeypatch.setattr(waiting, "_is_curating", lambda _lake: curating)
        monkeypatch.setattr(waiting.time, "monotonic", lambda: self.now)
        self.demo = Demo(Path("nowhere"), 21, Console(file=io.StringIO()), sleep=self._sleep)

    def _dispatch(self, _lake: Location, function: str, _event: object) -> dict[str, int]:
        assert function in {"discover_reports", "dispatch_reports"}
        self.dispatched += function == "dispatch_reports"
        self.looked += function == "discover_reports"
        return {}

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BUNDLE = bundle.load(ROOT / "contracts")


def test_each_account_has_all_sources_of_its_kind_the_main_ones_for_longer() -> None:
    accounts = demo_accounts(BUNDLE, date(2026, 11, 3), NOON)
    for name, kind in (("northwind", "seller"), ("contoso", "vendor")):
        allowed = {
            source
            for source, contract in BUNDLE["sources"].items()
            if kind in contract.get("request", {}).get("accounts", ())
        }
        assert set(accounts[name]["sources"]) == allowed
        assert accounts[name]["start_date"] == min(
            source["start_date"] for source in accounts[name]["sources"].values()
        )
    assert (accounts["northwind"]["marketplaces"], accounts["contoso"]["selling_partner_id"]) == (
        ["DE", "UK"],
        "amzn1.vg.6213651",
    )
    assert {
        source for source, enabled in accounts["northwind"]["sources"].items() if enabled["start_date"] == "2026-11-03"
    } >= {MAIN[0], MAIN[1]}


def test_a_report_that_the_simulator_does_not_write_is_left_out() -> None:
    unknown = BUNDLE["sources"]["returns"] | {
        "request": BUNDLE["sources"]["returns"]["request"] | {"report_type": "GET_SOMETHING_NEW"}
    }
    more = BUNDLE | {"sources": BUNDLE["sources"] | {"something_new": unknown}}
    assert demo_accounts(more, date(2026, 11, 3), NOON) == demo_accounts(BUNDLE, date(2026, 11, 3), NOON)


def test_the_main_sources_are_those_that_the_file_of_variables_enables() -> None:
    assert set(re.findall(r"(\w+) *= \{\}", LOCAL_VARIABLES.read_text(encoding="utf-8"))) == set(MAIN)


@pytest.mark.parametrize("hour", [0, 4, 8, 12, 23])
def test_whatever_the_hour_a_source_has_something_due_or_will_have_it_within_the_day(hour: int) -> None:
    now = NOON.replace(hour=hour)
    for account, place in (("northwind", "Europe/Berlin"), ("contoso", "America/Los_Angeles")):
        for source, enabled in demo_accounts(BUNDLE, date(2026, 11, 3), now)[account]["sources"].items():
            rule = RequestContract.parse(source, BUNDLE["sources"][source]["request"]).window
            zone, first = place if rule.marketplace_time else "UTC", date.fromisoformat(enabled["start_date"])
            due = list(due_windows(rule, zone, first, None, after=None, now=now))
            following = next_window(rule, zone, first, None, after=None, now=now)
            if rule.grain is Grain.SNAPSHOT and not due:
                assert following is not None
                assert due_at(rule, following) - now < timedelta(hours=24)
            elif rule.grain is not Grain.DISCOVERED and source not in MAIN:
                assert 1 <= len(due) <= 4, source


def test_reports_are_dispatched_until_every_document_is_stored(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(monkeypatch, [row(window("not_planned"))], [row(window("requested"))], [row(window("stored"))])
    scene.demo._reports(lake_of())
    assert (scene.dispatched, scene.looked) == (3, 1)
    assert scene.demo.steps.steps[6].detail == "1 of 1 documents stored, 0 windows in the tables"


def test_a_window_that_waits_for_long_is_not_waited_for(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch, [row(window("planned", datetime.now(UTC) + timedelta(minutes=30)), complete=1)])
    scene.demo._reports(lake_of())


def test_tables_end_with_the_coverage(lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch, [row(window("stored"), complete=1)], [row(complete=2)])
    assert scene.demo._tables(lake_of()) == [row(complete=2)]
    assert scene.dispatched == 0


def test_what_does_not_reach_the_tables_fails_the_demo_by_name(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(monkeypatch, [row(window("quarantined"), complete=1)])
    with pytest.raises(
        StepFailedError,
        match="Tables: 1 windows did not reach the tables, the first: 2026-11-01: because it is quarantined",
    ):
        scene.demo._tables(lake_of())


@pytest.mark.parametrize(("curating", "seconds"), [(False, waiting.STALLED_AFTER), (True, waiting.LONGEST_RUN)])
def test_when_nothing_moves_the_demo_says_what_it_waits_for(
    lake_of: LakeOf, monkeypatch: pytest.MonkeyPatch, curating: bool, seconds: float
) -> None:
    scene = Scene(monkeypatch, [row(window("stored"))], curating=curating)
    with pytest.raises(StepFailedError, match=r"nothing has moved for .* 2026-11-01 is stored: because it is stored"):
        scene.demo._tables(lake_of())
    assert seconds < scene.now < seconds + 5


def test_the_summary_shows_coverage_rows_quality_answers_and_what_to_try(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=160)
    demo = Demo(tmp_path / ".local", 21, console)
    answer = QueryResult("q", [Column("table_name", "varchar"), Column("rows", "bigint")], [("orders", 17)], 10, 20)
    answers = summary.Answers(answer, [(question, answer) for question in QUESTIONS])
    summary.print_summary(console, [row(complete=3)], answers, demo.steps, demo.lake)
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("northwind", "orders", "SELECT", QUESTIONS[2].words, ".venv/bin/lake status --json", "make down"):
        assert words in printed
