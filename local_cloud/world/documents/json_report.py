"""What JSON analytics reports have in common: the echo of the request, money, and the media type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.world.business import Document, Question
from local_cloud.world.marketplaces import Marketplace


def money(marketplace: Marketplace, minor: int) -> dict[str, Any]:
    """Return an amount in minor units as `{amount, currencyCode}`."""
    return {"amount": marketplace.number(minor), "currencyCode": marketplace.currency}


def percent(part: float, whole: float, limit: float = 100.0) -> float:
    """Return part of whole in percent with two digits, at most `limit`; 0 for an empty whole."""
    return min(limit, round(100 * part / whole, 2)) if whole else 0.0


def specification(question: Question, **extra: str) -> dict[str, Any]:
    """Return the `reportSpecification`: the echo of what was asked, dates without their time part."""
    echo: dict[str, Any] = {"reportType": question.report_type, "reportOptions": dict(question.options), **extra}
    if question.start and question.end:
        echo["dataStartTime"], echo["dataEndTime"] = (day.isoformat() for day in question.dates())
    echo["marketplaceIds"] = list(question.marketplace_ids)
    return echo


def json_document(content: Mapping[str, Any]) -> Document:
    """Write a JSON document as Amazon does: UTF-8, indented, keys in their order."""
    return Document(json.dumps(content, indent=2, ensure_ascii=False).encode(), "application/json")
