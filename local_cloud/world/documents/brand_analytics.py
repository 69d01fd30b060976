"""Brand analytics: search terms, market basket, repeat purchase; for sellers and vendors.

Official schemas: sellingPartnerSearchTermsReport, sellingPartnerMarketBasketAnalysisReport,
sellingPartnerRepeatPurchaseReport. The real search terms report has millions of rows; this one has a few hundred, of
the same shape.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import permutations
from typing import Any

from local_cloud.world.business import OPENED, Document, Question
from local_cloud.world.catalogue import COLOURS, products
from local_cloud.world.documents.json_report import json_document, money, specification
from local_cloud.world.orders import orders_placed
from local_cloud.world.periods import days, periods
from local_cloud.world.randomness import code, draws, fraction
from local_cloud.world.vendor import sales_of_period

_TERMS = 60
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def produce_search_terms(question: Question) -> Document | None:
    """Answer with what shoppers searched for, and the three products they clicked most.

    The products are not only this business's own.
    """
    if question.dates()[0] < OPENED:
        return None
    entries = []
    for department in dict.fromkeys(
        [question.marketplace.domain, *(product.kind.group for product in products(question.business))]
    ):
        for rank, term in enumerate(_terms(question, department), start=1):
            entries += _clicks(question, department, term, rank)
    return json_document({"reportSpecification": specification(question), "dataByDepartmentAndSearchTerm": entries})


def produce_market_basket(question: Question) -> Document | None:
    """Answer with the products bought together, most frequent first, at most three for each."""
    entries: list[dict[str, Any]] = []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        entries += _baskets(question, first, last)
    return json_document({"reportSpecification": specification(question), "dataByAsin": entries}) if entries else None


def produce_repeat_purchase(question: Question) -> Document | None:
    """Answer with orders and the share of returning customers by ASIN."""
    entries: list[dict[str, Any]] = []
    for first, last in periods(question.options["reportPeriod"], *question.dates()):
        entries += _repeats(question, first, last)
    return json_document({"reportSpecification": specification(question), "dataByAsin": entries}) if entries else None


def _terms(question: Question, department: str) -> list[str]:
    language = question.marketplace.language
    kinds = {product.kind.code: product.kind for product in products(question.business)}.values()
    words = [
        kind.name(language).strip('"').lower()
        for kind in kinds
        if department in {question.marketplace.domain, kind.group}
    ]
    words += [f"{word} {colour.get(language, colour['en'])}" for word in words for colour in COLOURS]
    source = draws(question.business.seed, question.marketplace.id, department, question.dates()[0], "search terms")
    source.shuffle(words)
    return words[:_TERMS]


def _clicks(question: Question, department: str, term: str, rank: int) -> list[dict[str, Any]]:
    own = [
        product.asin
        for product in products(question.business)
        if term.startswith(product.kind.name(question.marketplace.language).strip('"').lower())
    ]
    source = draws(question.business.seed, question.marketplace.id, department, term, question.dates()[0], "clicks")
    asins = [
        *own[:1],
        *("B0" + code(_UPPER, 8, question.marketplace.id, term, number) for number in range(2)),
        "B0" + code(_UPPER, 8, term),
    ][:3]
    share, entries = source.uniform(0.05, 0.3), []
    for position, asin in enumerate(asins, start=1):
        entries.append(
            {
                "departmentName": department,
                "searchTerm": term,
                "searchFrequencyRank": rank,
                "clickedAsin": asin,
                "clickShareRank": position,
                "clickShare": round(share, 4),
                "conversionShare": round(share * source.uniform(0, 1.4), 4) if source.random() > 0.1 else 0,
            }
        )
        share *= source.uniform(0.4, 0.95)
    return entries


def _baskets(question: Question, first: date, last: date) -> list[dict[str, Any]]:
    together: dict[str, Counter[str]] = {}
    bought: Counter[str] = Counter()
    for basket in _baskets_bought(question, first, last):
        bought.update(basket)
        for one, other in permutations(sorted(basket), 2):
            together.setdefault(one, Counter())[other] += 1
    return [
        {
            "startDate": first.isoformat(),
            "endDate": last.isoformat(),
            "asin": asin,
            "purchasedWithAsin": other,
            "purchasedWithRank": rank,
            "combinationPct": round(count / bought[asin], 4),
        }
        for asin, others in sorted(together.items())
        for rank, (other, count) in enumerate(sorted(others.items(), key=lambda item: (-item[1], item[0]))[:3], start=1)
    ]


def _baskets_bought(question: Question, first: date, last: date) -> list[set[str]]:
    business, market = question.business, question.marketplace
    if business.kind == "seller":
        orders = [
            order
            for order in orders_placed(business, market, first, last)
            if order.purchased_at <= question.asked_at and not order.cancelled(question.asked_at)
        ]
        return [{line.product.asin for line in order.lines} for order in orders]
    catalogue = [product.asin for product in products(business)]
    baskets = []
    for day in days(first, last) if first >= OPENED else ():
        source = draws(business.seed, business.account, market.id, day, "baskets")
        baskets += [set(source.sample(catalogue, k=source.choice((1, 1, 1, 2, 3)))) for _ in range(40)]
    return baskets


def _repeats(question: Question, first: date, last: date) -> list[dict[str, Any]]:
    sales = _sales_by_asin(question, first, last)
    entries = []
    for asin, (orders, revenue) in sorted(sales.items()):
        share = 0.02 + 0.2 * fraction(question.business.seed, question.business.account, asin, first, "repeat")
        entries.append(
            {
                "startDate": first.isoformat(),
                "endDate": last.isoformat(),
                "asin": asin,
                "orders": orders,
                "uniqueCustomers": max(1, orders - int(orders * share * 0.5)),
                "repeatCustomersPctTotal": round(share, 4),
                "repeatPurchaseRevenue": money(question.marketplace, int(revenue * share)),
                "repeatPurchaseRevenuePctTotal": round(int(revenue * share) / revenue, 4) if revenue else 0,
            }
        )
    return entries


def _sales_by_asin(question: Question, first: date, last: date) -> dict[str, tuple[int, int]]:
    business, market = question.business, question.marketplace
    if business.kind == "vendor":
        found = sales_of_period(
            business, market, days(first, last), program="RETAIL", view="MANUFACTURING", asked_at=question.asked_at
        )
        return {
            asin: (max(1, sales.ordered_units * 9 // 10), sales.ordered_revenue)
            for asin, sales in found.items()
            if sales.ordered_units
        }
    total: dict[str, tuple[int, int]] = {}
    for order in orders_placed(business, market, first, last):
        if order.purchased_at <= question.asked_at and not order.cancelled(question.asked_at):
            for line in order.lines:
                orders, revenue = total.get(line.product.asin, (0, 0))
                total[line.product.asin] = (orders + 1, revenue + line.price)
    return total
