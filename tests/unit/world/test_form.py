"""How documents look: encodings, quirks, headers, local formats; what breaks a careless decoder is in them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from local_cloud.world.business import OPENED, Business, Question
from local_cloud.world.documents import PRODUCERS
from local_cloud.world.documents.settlement_reports import document, settlements
from local_cloud.world.marketplaces import MARKETPLACES, marketplace

SELLER = Business(7, "northwind", "seller", "A3TH9S8BH6GOGM")
GERMANY, BRITAIN, AMERICA, JAPAN = "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "ATVPDKIKX0DER", "A1VC38T7YXB528"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
FLAT = sorted(
    name for name in PRODUCERS if name.startswith(("GET_FBA", "GET_FLAT", "GET_LEDGER", "GET_AMAZON", "GET_MERCHANT"))
)
OPTIONAL_BUT_WRITTEN = {"GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": ["promotion-id"]}
ASKED = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", ["DE", "UK", "FR", "IT", "ES", "SE", "PL", "TR", "AE", "US", "JP"])
@pytest.mark.parametrize("report_type", FLAT)
def test_every_flat_file_can_be_written_in_every_marketplace(report_type: str, code: str) -> None:
    market = next(market for market in MARKETPLACES.values() if market.code == code)
    start, end = (
        (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC))
        if "STORAGE" in report_type
        else (datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 12, tzinfo=UTC))
    )
    found = PRODUCERS[report_type](Question(SELLER, report_type, (market.id,), {}, start, end, asked_at=ASKED))
    if found is None:  # small marketplaces have days without returns
        assert "RETURNS" in report_type or "REIMBURSEMENTS" in report_type
        return
    assert found.content_type == f"text/plain; charset={market.charset}"
    text = found.content.decode(market.codec)
    header, *rest = text.rstrip("\r\n").replace("\r\n", "\n").split("\n")
    assert rest
    assert {line.count("\t") for line in rest} == {header.count("\t")}


def test_the_columns_are_those_of_real_files(ask: Any, schema: Any) -> None:
    headers = schema("flat_file_headers")
    settlement = next(
        settlements(SELLER, marketplace(GERMANY), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
    )
    found = {"GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": document(settlement)}
    for report_type in FLAT:
        span = ("2026-02-01", "2026-02-28") if "STORAGE" in report_type else ("2026-03-01", "2026-03-12")
        found[report_type] = ask(report_type, *span, "2026-03-18", preferredReportDocumentLocale="en_US")
    for report_type, known in headers.items():
        header = found.pop(report_type).content.decode("cp1252").splitlines()[0]
        wanted = known["columns"] + OPTIONAL_BUT_WRITTEN.get(report_type, [])
        assert [name.strip('"') for name in header.split("\t")] == wanted
    assert not found


def test_the_charset_follows_the_marketplace(ask: Any) -> None:
    for marketplace_id, charset in ((GERMANY, "Cp1252"), (AMERICA, "UTF-8"), (JAPAN, "Shift_JIS")):
        assert (
            ask(LISTINGS, None, None, "2026-03-18", marketplaces=(marketplace_id,)).content_type
            == f"text/plain; charset={charset}"
        )


def test_german_files_hold_characters_that_latin_1_does_not_have(ask: Any) -> None:
    content = b"".join(
        ask(ORDERS, f"2026-03-{day}", f"2026-03-{day + 1}", "2026-03-18").content for day in range(10, 14)
    )
    assert "München".encode("cp1252") in content
    assert "5 € Rabatt".encode("cp1252") in content
    with pytest.raises(UnicodeEncodeError):
        content.decode("cp1252").encode("latin-1")


def test_japanese_files_hold_characters_that_strict_shift_jis_does_not_have(ask: Any) -> None:
    content = ask(LISTINGS, None, None, "2026-03-18", marketplaces=(JAPAN,)).content
    assert "商品名" in content.decode("cp932")
    with pytest.raises(UnicodeDecodeError):
        content.decode("shift_jis")


def test_british_files_have_pounds(ask: Any) -> None:
    assert (
        "£5 off".encode("cp1252")
        in ask(ORDERS, "2026-03-10", "2026-03-14", "2026-03-18", marketplaces=(BRITAIN,)).content
    )


def test_quotation_marks_are_data(rows: Any) -> None:
    names = {row["product-name"] for row in rows(ORDERS, "2026-03-01", "2026-03-15", "2026-03-18")}
    assert any(name.count('"') == 1 and not name.startswith('"') for name in names)
    assert any(name.startswith('"') and name.count('"') == 1 for name in names)


def test_line_ends_and_blank_last_lines_differ_between_files(ask: Any) -> None:
    contents = [
        ask(ORDERS, f"2026-03-{day:02d}", f"2026-03-{day + 1:02d}", "2026-03-18").content for day in range(1, 16)
    ]
    assert {content.endswith(b"\r\n") for content in contents} == {True, False}
    assert {
        content.rstrip(b"\r") != content.rstrip() and content.replace(b"\r", b"").endswith(b"\n\n")
        for content in contents
    } == {True, False}


def test_some_orders_have_two_identical_lines(rows: Any) -> None:
    lines = Counter(
        tuple(row.values()) for row in rows(ORDERS, "2026-03-01", "2026-03-10", "2026-03-18") if row["amazon-order-id"]
    )
    assert max(lines.values()) == 2


def test_cancelled_and_pending_lines_are_as_amazon_writes_them(rows: Any) -> None:
    found = rows(ORDERS, "2026-03-01", "2026-03-18", "2026-03-18T00:00")
    cancelled = [row for row in found if row["order-status"] == "Cancelled"]
    assert {row["quantity"] for row in cancelled} == {"0"}
    assert {row["currency"] for row in cancelled} == {"", "EUR"}
    assert {bool(row["item-price"]) for row in cancelled} == {True, False}
    assert {row["item-price"] for row in found if row["order-status"] == "Pending"} == {""}


def test_order_identifiers_have_amazons_form(rows: Any) -> None:
    for row in rows(ORDERS, "2026-03-10", "2026-03-11", "2026-03-18"):
        assert [len(part) for part in row["amazon-order-id"].split("-")] == [3, 7, 7] or not row["amazon-order-id"]


@pytest.mark.parametrize(
    ("marketplace_id", "options", "first", "repeated"),
    [
        (GERMANY, {}, "Artikelbezeichnung", None),
        (GERMANY, {"preferredReportDocumentLocale": "en_US"}, "item-name", None),
        (BRITAIN, {}, "item-name", "Deprecated column"),
        (JAPAN, {}, "商品名", None),
        (JAPAN, {"preferredReportDocumentLocale": "en_US"}, "item-name", None),
        (AMERICA, {}, "item-name", None),
    ],
)
def test_listings_have_headers_in_the_accounts_language(
    ask: Any, marketplace_id: str, options: dict[str, str], first: str, repeated: str | None
) -> None:
    found = ask(LISTINGS, None, None, "2026-03-18", marketplaces=(marketplace_id,), **options)
    header = found.content.decode(marketplace(marketplace_id).codec).splitlines()[0].split("\t")
    assert header[0] == first
    assert {name for name, count in Counter(header).items() if count > 1} == ({repeated} if repeated else set())


def test_ledgers_are_quoted(ask: Any) -> None:
    for report_type in ("GET_LEDGER_SUMMARY_VIEW_DATA", "GET_LEDGER_DETAIL_VIEW_DATA"):
        lines = (
            ask(report_type, "2026-03-10", "2026-03-10", "2026-03-18", aggregatedByTimePeriod="DAILY")
            .content.decode("cp1252")
            .splitlines()
        )
        assert all(line.startswith('"') and line.endswith('"') for line in lines)


@pytest.mark.parametrize(
    ("marketplace_id", "start", "amount"),
    [
        (GERMANY, "23.02.2026 04:30:00 UTC", ","),
        (BRITAIN, "23.02.2026 04:30:00 UTC", "."),
        (AMERICA, "2026-02-23 04:30:00 UTC", "."),
    ],
)
def test_settlements_use_local_formats(marketplace_id: str, start: str, amount: str) -> None:
    settlement = next(
        settlements(
            SELLER, marketplace(marketplace_id), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
        )
    )
    summary = document(settlement).content.decode(marketplace(marketplace_id).codec).split("\n")[1].split("\t")
    assert summary[1] == start
    assert summary[4][-3] == amount


def test_nothing_happens_before_the_business_opens(ask: Any) -> None:
    day = f"{OPENED.year - 1}-06-01"
    assert ask(ORDERS, day, f"{OPENED.year - 1}-06-02", "2026-03-18") is None
