"""Coverage of reports that Amazon makes by itself, and of sources that begin later than their account."""

from datetime import UTC, date, datetime, timedelta

from ingestion.configuration.accounts import Account, Enablement, Marketplace
from ingestion.configuration.contracts import RequestContract
from ingestion.identity import LineKey, Window
from ingestion.ledger.lines import DiscoveryState
from ingestion.ledger.windows import AdoptedReport, LedgerWindow, WindowState

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
