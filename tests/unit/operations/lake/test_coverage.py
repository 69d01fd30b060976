"""Coverage: windows that are due, compared with the ledger."""

from datetime import UTC, date, datetime, timedelta

from ingestion.configuration.accounts import Account, Enablement, Marketplace
from ingestion.configuration.contracts import RequestContract
from ingestion.identity import LineKey, Window
from ingestion.ledger.windows import LedgerWindow, WindowState

from operations.lake.coverage import LOST_MEANWHILE, NOT_PLANNED, Coverage, coverage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DE = Marketplace("A1PA6795UKMFR9", "DE", "Europe/Berlin")
UK = Marketplace("A1F83G8C2ARO7P", "UK", "Europe/London")
REQUEST = {
    "report_type": "GET_SALES_AND_TRAFFIC_REPORT",
    "accounts": ["seller"],
    "scope": "marketplace",
    "variants": {"child": {"asinGranularity": "CHILD"}},
    "restricted": False,
    "window": {
        "grain": "day",
        "bounds": "dates_inclusive",
        "per_request": "P1D",
        "time_zone": "marketplace",
        "available_after": "PT48H",
        "history": "P2Y",
    },
    "limits": [],
}


def account(
    start: date = date(2026, 11, 14), end: date | None = None, marketplaces: tuple[Marketplace, ...] = (DE,)
) -> Account:
    return Account("northwind", "seller", "eu", "A3TH", "main", start, end, "auto", marketplaces)


def window(day: str, state: WindowState, marketplace: str = "DE", **more: object) -> LedgerWindow:
    begin = datetime.fromisoformat(f"{day}T00:00:00+01:00")
    known = {
        "line": LineKey(account="northwind", source="sales_and_traffic", variant="child", marketplace=marketplace),
        "window": Window(day, day, day, begin, begin + timedelta(days=1)),
        "marketplace_id": "x",
        "state": state,
    }
    return LedgerWindow(**known, **more)  # type: ignore[arg-type]


def covered(
    *ledger: LedgerWindow,
    subject: Account | None = None,
    scope: str = "marketplace",
    variants: tuple[str, ...] | None = None,
    waits: str | None = None,
    grain: str = "day",
) -> list[Coverage]:
    rule = REQUEST["window"] | {"grain": grain}  # type: ignore[operator]
    contract = RequestContract.parse("sales_and_traffic", REQUEST | {"scope": scope, "window": rule})
    return coverage(
        {"northwind": subject or account()},
        [Enablement("northwind", "sales_and_traffic", variants)],
        {"sales_and_traffic": contract},
        ledger,
        now=NOW,
        waiting={"northwind": waits} if waits else {},
    )


def test_every_due_window_counts_once_by_what_became_of_it() -> None:
    [row] = covered(
        window("2026-11-14", WindowState.CURATED),
        window("2026-11-15", WindowState.NO_DATA),
        window("2026-11-16", WindowState.STORED),
        subject=account(),
    )
    # At noon of the 20th, 48 hours after its end, the 17th is the last day that Amazon has.
    assert (row.first, row.last, row.expected) == ("2026-11-14", "2026-11-17", 4)
    assert (row.curated, row.no_data, row.complete) == (1, 1, 2)
    assert [(entry.window, entry.state) for entry in row.in_progress] == [("2026-11-16", "stored")]
    assert [(entry.window, entry.state, entry.why) for entry in row.missing] == [
        ("2026-11-17", "not_planned", NOT_PLANNED)
    ]
    assert row.next_window_at == datetime(2026, 11, 20, 23, tzinfo=UTC)


def test_a_missing_window_says_why_and_when_it_comes() -> None:
    comes = NOW + timedelta(minutes=30)
    [row] = covered(
        window("2026-11-14", WindowState.PLANNED, reason="FATAL: asked too soon", next_action_at=comes),
        window("2026-11-15", WindowState.NOT_ENTITLED, reason="403 Unauthorized"),
        window("2026-11-16", WindowState.PLANNED, in_flight=True),
        window("2026-11-17", WindowState.QUARANTINED, reason="units_ordered below 0"),
    )
    assert [entry.comes_at for entry in row.missing] == [comes, None, None]
    assert row.missing[0].why.endswith("FATAL: asked too soon")
    assert row.missing[1].why == "the account is not entitled to this report: 403 Unauthorized"
    assert row.missing[2].why.endswith("out of the tables: units_ordered below 0")
    assert [entry.why for entry in row.in_progress] == ["its execution has started"]


def test_what_was_kept_out_or_lost_says_its_own_reason_and_no_other() -> None:
    rule = "RuleBroken: critical rules are broken: units_not_negative"
    runs = "3 curation runs that had no other document failed, while others succeeded: Glue.JobRunFailed: out of memory"
    [row] = covered(
        window("2026-11-14", WindowState.QUARANTINED, reason=rule),
        window("2026-11-15", WindowState.QUARANTINED, reason=runs),
        window("2026-11-16", WindowState.LOST, reason="given up after 8 attempts: TIMED_OUT"),
        window("2026-11-17", WindowState.LOST, reason="the day passed before it could be requested"),
    )
    assert [entry.why for entry in row.missing] == [
        f"stored, but kept out of the tables: {rule}",
        f"stored, but kept out of the tables: {runs}",
        "lost: given up after 8 attempts: TIMED_OUT",
        "lost: the day passed before it could be requested",
    ]


def test_a_superseded_window_is_complete() -> None:
    [row] = covered(window("2026-11-14", WindowState.SUPERSEDED), subject=account(end=date(2026, 11, 14)))
    assert (row.complete, row.curated, row.missing, row.in_progress) == (1, 1, (), ())


def test_a_curated_window_that_is_asked_again_stays_complete() -> None:
    [row] = covered(window("2026-11-14", WindowState.CURATED, in_flight=True), subject=account(end=date(2026, 11, 14)))
    assert (row.complete, row.asked_again, row.in_progress, row.next_window_at) == (1, 1, (), None)


def test_marketplaces_are_apart_unless_the_contract_is_account_wide() -> None:
    both = account(date(2026, 11, 17), marketplaces=(DE, UK))
    assert [
        (row.marketplace, row.curated) for row in covered(window("2026-11-17", WindowState.CURATED, "UK"), subject=both)
    ] == [("DE", 0), ("UK", 1)]
    assert [
        (row.marketplace, row.curated)
        for row in covered(window("2026-11-17", WindowState.CURATED, "all"), subject=both, scope="account_region")
    ] == [("all", 1)]


def test_before_the_first_day_nothing_is_missing_and_the_first_window_has_a_time() -> None:
    [row] = covered(subject=account(date(2026, 11, 25)))
    assert (row.expected, row.missing, row.first) == (0, (), None)
    assert row.next_window_at == datetime(2026, 11, 27, 23, tzinfo=UTC)


def test_only_the_enabled_variants_are_expected() -> None:
    assert [row.variant for row in covered(variants=("child",))] == ["child"]
    assert covered(variants=()) == []


def test_while_an_account_waits_for_credentials_its_windows_are_missing_and_say_so() -> None:
    [row] = covered(
        window("2026-11-14", WindowState.CURATED),
        window("2026-11-15", WindowState.PLANNED, next_action_at=NOW),
        window("2026-11-16", WindowState.PLANNED, in_flight=True),
        waits="the secret is empty",
    )
    assert (row.expected, row.curated, row.waits) == (4, 1, "the secret is empty")
    assert [(entry.window, entry.why, entry.comes_at) for entry in row.missing] == [
        ("2026-11-15", "waits for credentials: lake account add northwind", None),
        ("2026-11-17", "waits for credentials: lake account add northwind", None),
    ]
    assert [entry.window for entry in row.in_progress] == ["2026-11-16"]


def test_a_snapshot_that_waits_for_credentials_says_that_its_day_may_pass() -> None:
    assert covered(waits="the secret is empty", grain="snapshot", subject=account())[0].missing == ()
    [row] = coverage(
        {"northwind": account()},
        [Enablement("northwind", "stock", None)],
        {
            "stock": RequestContract.parse(
                "stock", REQUEST | {"window": {"grain": "snapshot", "bounds": "none", "available_after": "PT0S"}}
            )
        },
        (),
        now=NOW,
        waiting={"northwind": "the secret is empty"},
    )
    assert [entry.why.endswith(LOST_MEANWHILE) for entry in row.missing] == [True]


def test_what_is_enabled_of_an_unreadable_account_or_contract_has_no_row() -> None:
    assert coverage({}, [Enablement("bad", "sales_and_traffic", None)], {}, (), now=NOW) == []
    assert coverage({"northwind": account()}, [Enablement("northwind", "bad", None)], {}, (), now=NOW) == []
