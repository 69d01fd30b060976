"""Document URLs: signed, short-lived, gzip, with the charset of the marketplace; and documents that a user supplies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import requests

GERMANY, BRITAIN, AMERICA = "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "ATVPDKIKX0DER"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"


@pytest.fixture
def orders(client: Any) -> dict[str, Any]:
    return dict(client.ask("northwind", ORDERS, GERMANY, "2026-03-10", "2026-03-11"))


def test_a_flat_file_is_gzip_in_the_code_page_of_its_header(client: Any, orders: dict[str, Any]) -> None:
    answer = requests.get(client.document_url("northwind", orders))
    assert answer.headers["Content-Type"] == "text/plain; charset=Cp1252"
    assert answer.headers["Content-Encoding"] == "identity"
    assert answer.content[:2] == b"\x1f\x8b"
    content = gzip.decompress(answer.content)
    assert content.decode("cp1252").startswith("amazon-order-id\tmerchant-order-id\t")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_the_new_option_makes_http_libraries_unpack(client: Any, orders: dict[str, Any]) -> None:
    answer = requests.get(client.document_url("northwind", orders, enableContentEncodingUrlHeader="true"))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.content.startswith(b"amazon-order-id")


def test_a_url_dies_after_five_minutes(client: Any, orders: dict[str, Any]) -> None:
    url = client.document_url("northwind", orders)
    client.advance(seconds=290)
    assert requests.get(url).status_code == 200
    client.advance(seconds=15)
    answer = requests.get(url)
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/xml"
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in answer.text


def test_a_url_takes_no_token_and_no_change(client: Any, orders: dict[str, Any]) -> None:
    url = client.document_url("northwind", orders)
    assert requests.get(url, headers={"x-amz-access-token": client.token("northwind")}).status_code == 403
    assert requests.get(url, headers={"Authorization": "Bearer x"}).status_code == 400
    assert "SignatureDoesNotMatch" in requests.get(url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000")).text
    assert requests.get(url.partition("?")[0]).status_code == 403


def test_documents_are_an_accounts_own(client: Any, orders: dict[str, Any]) -> None:
    path = f"/reports/2021-06-30/documents/{orders['reportDocumentId']}"
    assert client.call("contoso", "GET", path).status_code == 404
    assert client.call("northwind", "GET", path, params={"enableContentEncodingUrlHeader": "maybe"}).status_code == 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "traffic.json").write_text('{"given": true}', encoding="utf-8")
    (tmp_path / "broken.gz").write_bytes(b"this is no gzip")
    index = [
        {
            "file": "traffic.json",
            "report_type": TRAFFIC,
            "data_start_time": "2021-06-11",
            "report_options": {"dateGranularity": "WEEK"},
        },
        {
            "file": "broken.gz",
            "report_type": ORDERS,
            "marketplace_ids": [BRITAIN],
            "content_type": "text/plain; charset=windows-1252",
        },
    ]
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return tmp_path


def test_given_documents_are_served_in_place_of_generated_ones(start: Any, folder: Path) -> None:
    client = start(documents=folder)
    given = client.ask("northwind", TRAFFIC, GERMANY, "2021-06-11", "2021-06-14", dateGranularity="WEEK")
    assert given["processingStatus"] == "DONE", "a given document overrules the rules of dates"
    assert client.content("northwind", given) == b'{"given": true}'
    other = client.ask("northwind", TRAFFIC, GERMANY, "2026-03-10", "2026-03-10", dateGranularity="DAY")
    assert b"salesAndTrafficByAsin" in client.content("northwind", other)


def test_a_gz_file_is_served_as_it_is(start: Any, folder: Path) -> None:
    client = start(documents=folder)
    report = client.ask("northwind", ORDERS, BRITAIN, "2026-03-10", "2026-03-11")
    answer = requests.get(client.document_url("northwind", report))
    assert (answer.content, answer.headers["Content-Type"]) == (b"this is no gzip", "text/plain; charset=windows-1252")


def test_the_index_is_read_at_each_request_and_the_last_entry_wins(start: Any, folder: Path) -> None:
    client = start(documents=folder)
    index = json.loads((folder / "index.json").read_text())
    (folder / "newer.json").write_text("{}")
    (folder / "index.json").write_text(
        json.dumps([*index, {"file": "newer.json", "report_type": TRAFFIC, "processing_status": "FATAL"}])
    )
    report = client.ask("northwind", TRAFFIC, GERMANY, "2021-06-11", "2021-06-14", dateGranularity="WEEK")
    assert (report["processingStatus"], client.content("northwind", report)) == ("FATAL", b"{}")
