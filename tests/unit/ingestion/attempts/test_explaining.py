from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from ingestion.errors import DocumentUrlExpired
from ingestion.reports_api.values import Download

from tests.unit.fakes.lake import FakeLake


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (gzip.compress(b'{"errorDetails": "Too  soon,\\nplease wait"}'), "asked_too_soon: Too soon, please wait"),
        (b'{"errorMessage": "internal 1", "error": "internal 2"}', "unexplained: internal 1; internal 2"),
        (b'{"other": "field"}', 'unexplained: {"other": "field"}'),
        (b"internal \xff", "unexplained: internal \\xff"),
        (b"x" * 70_000, "unexplained: " + "x" * 1000),
        (gzip.compress(b"cut short")[:-4], "unexplained: the explanation cannot be read: the gzip stream"),
    ],
    ids=["json in gzip", "several parts", "unknown fields", "no text", "too long", "damaged"],
)
def test_the_reason_is_amazons_own_text(lake: FakeLake, wire: bytes, reason: str) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL", wire=wire)
    fetched = lake.fetch(attempt)
    assert fetched.reason is not None
    assert fetched.reason.startswith(reason)
    assert len(fetched.reason) <= len("not_yet_published: ") + 1000
    assert lake.window("2026-11-20").reason == fetched.reason


def test_an_explanation_whose_url_keeps_expiring_is_no_explanation(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.faults["download"] = [DocumentUrlExpired("late")] * 3
    lake.amazon.finish(lake.ask(attempt), "FATAL", b"not authorized")
    assert lake.fetch(attempt).reason == "unexplained: the explanation cannot be downloaded: its URL keeps expiring"
    assert lake.amazon.calls.count("getReportDocument") == 3


def test_without_a_document_there_is_none(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL")
    assert lake.fetch(attempt).reason == "unexplained: the report ended FATAL without an explanation"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"data is not yet available", "not_yet_published"),
        (b"data for Monday is not there", "not_yet_published"),
        (b"requested too soon", "asked_too_soon"),
        (b"invalid date range", "bad_question"),
        (b"not authorized", "not_entitled"),
        (b"internal", "unexplained"),
    ],
)
def test_the_reason_begins_with_the_kind_of_refusal(lake: FakeLake, text: bytes, kind: str) -> None:
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL", text)
    assert lake.fetch(attempt).reason == f"{kind}: {text.decode()}"


def test_an_explanation_of_64_kib_is_read_whole(lake: FakeLake) -> None:
    rest = b'"message": "internal"}'
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL", b"{" + b" " * (65_536 - 1 - len(rest)) + rest)
    assert lake.fetch(attempt).reason == "unexplained: internal"


def test_of_a_long_explanation_the_rest_is_not_read(lake: FakeLake, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 10_000
            yield b"x" * 10_000

    monkeypatch.setattr(lake.amazon, "download", lambda document: nullcontext(Download("text/plain", chunks())))
    attempt = lake.one()
    lake.amazon.finish(lake.ask(attempt), "FATAL", b"")
    assert lake.fetch(attempt).reason == "unexplained: " + "x" * 1000
    assert read < 200_000
