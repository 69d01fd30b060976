"""A seller and a vendor of the world, and questions to them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local_cloud.world.business import Business, Document, Question
from local_cloud.world.documents import PRODUCERS

SELLER = Business(7, "northwind", "seller", "A3TH9S8BH6GOGM")
VENDOR = Business(7, "contoso", "vendor", "amzn1.vg.6213651")
OFFICIAL = Path(__file__).parents[2] / "fixtures" / "amazon_schemas"
GERMANY, AMERICA = "A1PA6795UKMFR9", "ATVPDKIKX0DER"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(
    report_type: str,
    start: str | None,
    end: str | None,
    asked_at: str,
    *,
    marketplaces: tuple[str, ...] = (),
    **options: str,
) -> Document | None:
    business = VENDOR if "VENDOR" in report_type else SELLER
    where = marketplaces or ((AMERICA,) if business is VENDOR else (GERMANY,))
    span = tuple(moment(text) if text else None for text in (start, end))
    return PRODUCERS[report_type](Question(business, report_type, where, options, *span, asked_at=moment(asked_at)))


def rows_of(document: Document | None, *, quoted: bool = False) -> list[dict[str, str]]:
    assert document is not None
    text = document.content.decode(document.content_type.partition("charset=")[2].replace("Shift_JIS", "cp932"))
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_NONE
    )
    return list(reader)


def content_of(document: Document | None) -> dict[str, Any]:
    assert document is not None
    assert document.content_type == "application/json"
    content: dict[str, Any] = json.loads(document.content)
    return content


@pytest.fixture(name="ask")
def ask_fixture() -> Callable[..., Document | None]:
    return ask


@pytest.fixture
def rows() -> Callable[..., list[dict[str, str]]]:
    return lambda *question, quoted=False, **more: rows_of(ask(*question, **more), quoted=quoted)


@pytest.fixture
def content() -> Callable[..., dict[str, Any]]:
    return lambda *question, **more: content_of(ask(*question, **more))


@pytest.fixture
def schema() -> Callable[[str], dict[str, Any]]:
    return lambda name: dict(json.loads((OFFICIAL / f"{name}.json").read_text(encoding="utf-8")))
