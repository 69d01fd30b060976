"""Coverage of what cannot be counted beforehand (reports that Amazon makes by itself), and of sources that begin later
than their account.
"""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from ingestion.configuration.accounts import Account, Enablement, Marketplace
from ingestion.configuration.contracts import RequestContract
from ingestion.identity import LineKey, Window
from ingestion.ledger.lines import DiscoveryState
from ingestion.ledger.windows import AdoptedReport, LedgerWindow, WindowState
from typer.testing import CliRunner

from operations.command import app, status
from operations.lake.coverage import Coverage, Looked, coverage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = Account(
    "northwind",
    "seller",
    "eu",
    "A3TH",
    "main",
    date(2026, 11, 1),
    None,
    "auto",
    (Marketplace("A1PA6795UKMFR9", "DE", "Europe/Berlin"),),
)
USUAL = {"report_type": "T", "accounts": ["seller"], "variants": {"all": {}}, "restricted": False, "limits": []}
FOUND = USUAL | {
    "scope": "account_region",
    "window": {"grain": "discovered", "bounds": "none", "time_zone": "UTC", "history": "P90D"},
    "poll_every": "PT6H",
}
DAILY = USUAL | {
    "scope": "marketplace",
    "window": {
        "grain": "day",
        "bounds": "dates_inclusive",
        "per_request": "P1D",
        "time_zone": "marketplace",
        "available_after": "PT48H",
        "history": "P2Y",
    },
}


def document(report_id: str, end: datetime, state: WindowState, source: str = "deposits") -> LedgerWindow:
    start = end - timedelta(days=14)
    window = f"{start:%F}--{end:%F}--{report_id}"
    return LedgerWindow(
        line=LineKey(account="northwind", source=source, variant="all", marketplace="all"),
        window=Window(window, f"{start:%F}", f"{end:%F}", start, end),
        marketplace_id=None,
        state=state,
        adopted=AdoptedReport(report_id=report_id, marketplace_ids=("A1PA6795UKMFR9",)),
    )


def found(*ledger: LedgerWindow, discovery: tuple[DiscoveryState, ...] = ()) -> Coverage:
    [row] = coverage(
        {"northwind": ACCOUNT},
        [Enablement("northwind", "deposits", None)],
        {"deposits": contract("deposits", FOUND)},
        ledger,
        now=NOW,
        discovery=discovery,
    )
    return row


def contract(source: str, data: dict[str, object]) -> RequestContract:
    return RequestContract.parse(source, data)


def test_what_was_found_is_what_is_expected() -> None:
    state = DiscoveryState(
        line=LineKey(account="northwind", source="deposits", variant="all", marketplace="all"),
        read_at=NOW - timedelta(hours=2),
        next_read_at=NOW,
    )
    row = found(
        document("72", NOW, WindowState.STORED),
        document("71", NOW - timedelta(days=14), WindowState.CURATED),
        document("70", NOW - timedelta(days=14), WindowState.QUARANTINED),
        document("9", NOW, WindowState.CURATED, source="others"),
        discovery=(state,),
    )
    assert (row.marketplace, row.first, row.last, row.expected, row.curated, row.complete) == (
        "all",
        "2026-10-23",
        "2026-11-20",
        3,
        1,
        1,
    )
    assert [entry.window for entry in row.in_progress] == ["2026-11-06--2026-11-20--72"]
    assert [entry.window for entry in row.missing] == ["2026-10-23--2026-11-06--70"]
    assert row.looked == Looked(NOW - timedelta(hours=2), None, NOW)
    assert row.next_window_at is None


def test_before_the_first_look_nothing_is_expected_and_nothing_missing() -> None:
    row = found()
    assert (row.expected, row.missing, row.looked) == (0, (), Looked(None, None, None))


def test_a_source_that_begins_later_misses_nothing_before() -> None:
    begins = Enablement("northwind", "daily", None, date(2026, 11, 15))
    [row] = coverage({"northwind": ACCOUNT}, [begins], {"daily": contract("daily", DAILY)}, (), now=NOW)
    assert (row.first, row.last, row.expected, row.looked) == ("2026-11-15", "2026-11-17", 3, None)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Coverage]:
    looked = Looked(NOW, "AccessDenied: no [role]", datetime.now(UTC) + timedelta(hours=5, minutes=1))
    rows = [
        Coverage("northwind", "deposits", "all", "all", "2026-10-23", "2026-11-20", 7, 7, 0, 0, looked=looked),
        Coverage("northwind", "credits", "all", "all", None, None, 0, 0, 0, 0, looked=Looked(None, None, None)),
        Coverage("northwind", "daily", "all", "DE", "2026-11-15", "2026-11-17", 3, 3, 0, 0),
    ]
    monkeypatch.setattr(status, "find", lambda _config: None)
    monkeypatch.setattr(status, "read_coverage", lambda _lake, _now, **_only: rows)
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
