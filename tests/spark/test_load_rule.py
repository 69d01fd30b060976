"""The one load rule against a small reference model, on real Iceberg.

Random documents in random order are replayed, doubled and restated, and runs crash in between. They cover every shape
of table that the contracts have: windows of several tables, with and without a key (a snapshot is a window of one day);
orders with a version, whose promotions take their units from them and whose date of purchase may move; vintages of
forecasts, with a key and without a version; settlements, whose rows have no identity. Many accounts run side by side in
one table, so that one run of the job tries many sequences at once.
"""

import copy

import pytest
from curation.publishing import bounds, commits
from curation.run import CurationRun
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ACCOUNTS = 12
WINDOWS = ("2026-10-31", "2026-11-01")
ORDERS = ("o1", "o2", "o3")
BOUGHT = ("2025-12-31", "2026-10-01", "2026-10-31")
VINTAGES = ("2026-10-25", "2026-11-01")
SETTLEMENTS = {"s1": "2026-10-31", "s2": "2026-11-14"}


class KilledError(Exception):
    pass


def column(name, source, kind, **more):
    return {"name": name, "from": source, "type": kind, "description": "d", **more}


def contract(source, document, tables):
    return {
        "source": source,
        "description": "d",
        "documentation": "d",
        "request": {},
        "document": document,
        "tables": tables,
    }


SHOP = contract(
    "shop",
    {"format": "json"},
    {
        "shop_orders": {
            "description": "d",
            "records": "orders",
            "unit": ["order_id"],
            "key": ["order_id"],
            "version": "version",
            "fixed": ["bought"],
            "columns": [
                column("order_id", "id", "string"),
                column("version", "version", "int"),
                column("bought", "bought", "date"),
            ],
            "partitioned_by": ["months(bought)"],
        },
        "promotions": {
            "description": "d",
            "records": "orders.promotions",
            "unit": ["order_id"],
            "units_of": "shop_orders",
            "version": "version",
            "fixed": ["bought"],
            "columns": [
                column("order_id", "../id", "string"),
                column("version", "../version", "int"),
                column("bought", "../bought", "date"),
                column("code", "code", "string"),
            ],
            "partitioned_by": ["months(bought)"],
        },
        "forecasts": {
            "description": "d",
            "records": "forecasts",
            "unit": ["marketplace_id", "generated"],
            "key": ["asin"],
            "columns": [
                column("generated", "generated", "date"),
                column("asin", "asin", "string"),
                column("units", "units", "int"),
            ],
            "partitioned_by": ["months(generated)"],
        },
    },
)
"""JSON that holds orders with their promotions, and forecasts of several vintages."""

STATEMENTS = contract(
    "statements",
    {"format": "tsv", "quoting": "none", "numbers": "point"},
    {
        "statement_totals": {
            "description": "d",
            "where": [{"name": "amounts", "column": "total", "is": "present", "keep": True}],
            "unit": ["settlement_id"],
            "fixed": ["ended"],
            "columns": [
                column("settlement_id", "id", "string"),
                column("ended", "ended", "date"),
                column("total", "total", "int"),
            ],
            "partitioned_by": ["months(ended)"],
        },
        "statement_amounts": {
            "description": "d",
            "where": [{"name": "totals", "column": "total", "is": "present", "keep": False}],
            "unit": ["settlement_id"],
            "units_of": "statement_totals",
            "fixed": ["ended"],
            "columns": [
                column("settlement_id", "id", "string"),
                column("ended", "$first_row.ended", "date"),
                column("amount", "amount", "int"),
            ],
            "partitioned_by": ["months(ended)"],
        },
    },
)
"""Flat files of one settlement each: its first row is the summary, and only that has the date."""


def documents_of(draw, content):
    """Documents of one account: some share their report time, some are empty, some say the same as others."""
    return [
        {"id": str(number), "time": draw(st.integers(1, 4)), **content(draw)}
        for number in range(draw(st.integers(1, 5)))
    ]


@st.composite
def days(draw):
    def content(draw):
        items = draw(st.lists(st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 2)), max_size=3))
        return {"window": draw(st.sampled_from(WINDOWS)), "sales": draw(st.sampled_from([None, 1, 2])), "items": items}

    return documents_of(draw, content)


@st.composite
def shops(draw):
    def content(draw):
        orders = draw(st.lists(st.sampled_from(ORDERS), unique=True, max_size=3))
        vintages = draw(st.lists(st.sampled_from(VINTAGES), unique=True, max_size=2))
        return {
            "orders": [
                (
                    order,
                    draw(st.integers(1, 3)),
                    draw(st.sampled_from(BOUGHT)),
                    draw(st.lists(st.sampled_from(["p", "q"]), max_size=2)),
                )
                for order in orders
            ],
            "forecasts": [
                (vintage, draw(st.dictionaries(st.sampled_from(["A", "B", "C"]), st.integers(0, 2), min_size=1)))
                for vintage in vintages
            ],
        }

    return documents_of(draw, content)


@st.composite
def statements(draw):
    def content(draw):
        return {
            "settlement": draw(st.sampled_from(sorted(SETTLEMENTS))),
            "amounts": draw(st.lists(st.integers(1, 2), max_size=3)),
        }

    return documents_of(draw, content)


@st.composite
def schedules(draw):
    """When documents are curated: batches of (account, document), with duplicates.

    Each batch may crash after some of its tables, and is then repeated later.
    """
    dies = st.sampled_from([None, None, None, "record", 1, 2, 3])
    return [
        {"take": draw(st.randoms(use_true_random=False)), "dies": draw(dies)} for _ in range(draw(st.integers(2, 3)))
    ]


def body(kind, document):
    """Return what a document says, in the form of its source."""
    if kind == "days":
        return {
            "reportSpecification": {"reportType": "GET_TEST", "marketplaceIds": ["A1PA6795UKMFR9"]},
            "byDate": [{"date": document["window"], "sales": {"amount": document["sales"]}}]
            if document["sales"]
            else [],
            "byAsin": [{"asin": asin, "units": units} for asin, units in document["items"]],
        }
    if kind == "shop":
        return {
            "orders": [
                {"id": order, "version": version, "bought": bought, "promotions": [{"code": code} for code in codes]}
                for order, version, bought, codes in document["orders"]
            ],
            "forecasts": [
                {"generated": vintage, "asin": asin, "units": units}
                for vintage, figures in document["forecasts"]
                for asin, units in figures.items()
            ],
        }
    name = document["settlement"]
    rows = [
        f"{name}\t{SETTLEMENTS[name]}\t{sum(document['amounts'])}\t",
        *(f"{name}\t\t\t{amount}" for amount in document["amounts"]),
    ]
    return "\n".join(["id\tended\ttotal\tamount", *rows, ""])


def claims(kind, document):
    """Yield the units of a document: table, unit, the document's place in the unit's order, and the unit's rows."""
    order = (document["time"], document["id"])
    if kind == "days":
        yield (
            "days",
            document["window"],
            order,
            [(document["window"], str(document["sales"]))] if document["sales"] else [],
        )
        yield "items", document["window"], order, [(document["window"], *item) for item in document["items"]]
    if kind == "shop":
        for name, version, bought, codes in document["orders"]:
            yield "shop_orders", name, (version, *order), [(name, version, bought)]
            yield "promotions", name, (version, *order), [(name, version, code) for code in codes]
        for vintage, figures in document["forecasts"]:
            yield "forecasts", vintage, order, [(vintage, *figure) for figure in figures.items()]
    if kind == "statements":
        name = document["settlement"]
        yield "statement_totals", name, order, [(name, sum(document["amounts"]))]
        yield "statement_amounts", name, order, [(name, amount) for amount in document["amounts"]]


COLUMNS = {
    "days": ("CAST(day AS STRING)", "CAST(CAST(sales AS INT) AS STRING)"),
    "items": ("request_window", "asin", "units"),
    "shop_orders": ("order_id", "version", "CAST(bought AS STRING)"),
    "promotions": ("order_id", "version", "code"),
    "forecasts": ("CAST(generated AS STRING)", "asin", "units"),
    "statement_totals": ("settlement_id", "total"),
    "statement_amounts": ("settlement_id", "amount"),
}


def expected(seen):
    """The rows of each table from (kind, account, document): the newest document of a unit counts, and nothing else."""
    newest = {}
    for kind, account, document in seen:
        for table, unit, rank, rows in claims(kind, document):
            place = (table, account, unit)
            if place not in newest or newest[place][0] < rank:
                newest[place] = (rank, [(account, *row, f"{account}/{document['id']}") for row in rows])
    return {
        table: sorted((row for place, (_, rows) in newest.items() if place[0] == table for row in rows), key=repr)
        for table in COLUMNS
    }


@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    given_documents=st.fixed_dictionaries(
        {
            kind: st.lists(one, min_size=ACCOUNTS, max_size=ACCOUNTS)
            for kind, one in (("days", days()), ("shop", shops()), ("statements", statements()))
        }
    ),
    schedule=schedules(),
)
def test_tables_hold_what_the_newest_documents_say(
    spark, tmp_path_factory, fresh_lake, days_contract, given_documents, schedule
):
    lake = fresh_lake(tmp_path_factory.mktemp("lake"))
    for one in (days_contract, SHOP, STATEMENTS):
        lake.add(copy.deepcopy(one))
    stored = {}
    for kind, accounts in given_documents.items():
        for number, documents in enumerate(accounts):
            account = f"{kind}{number}"
            for document in documents:
                window = document.get("window", document["id"])
                record = {
                    "source": kind,
                    "account": account,
                    "report_id": document["id"],
                    "window": window,
                    "window_start": WINDOWS[0],
                }
                stored[account, document["id"]] = (
                    (kind, account, document),
                    lake.document(body(kind, document), report_time=f"2026-11-0{document['time']}T00:00:00Z", **record),
                )
    pending, seen = [], set()
    for step, batch in enumerate(schedule):
        taken = [name for name in sorted(stored) if batch["take"].random() < 0.5]
        seen.update(taken)
        chosen = [stored[name][1] for name in taken]
        if batch["dies"]:
            with pytest.MonkeyPatch.context() as patched:
                kill(patched, batch["dies"])
                with pytest.raises(KilledError):
                    lake.run(*chosen, run_id=f"run-{step}")
            pending.append((chosen, f"run-{step}"))
        else:
            lake.run(*chosen, run_id=f"run-{step}")
    for chosen, run_id in pending:
        lake.run(*chosen, run_id=run_id)
    found = {table: lake.rows(table, "account_id", *columns, "source_document") for table, columns in COLUMNS.items()}
    assert found == expected(stored[name][0] for name in sorted(seen))
    recorded = lake.operations("documents")
    assert {row["outcome"] for row in recorded} <= {"curated", "superseded"}
    for row in recorded:
        assert row["records"] == row["published"] + row["superseded"] + row["quarantined"] + row["excluded"]


def kill(patched, where):
    """Let the job die after its tables and before their record, or after so many of its tables."""
    if where == "record":
        patched.setattr(CurationRun, "_record", lambda _: (_ for _ in ()).throw(KilledError))
        return
    merge, calls = commits.merge, []

    def dying(*arguments):
        calls.append(arguments)
        if len(calls) > where:
            raise KilledError
        merge(*arguments)

    patched.setattr(commits, "merge", dying)


def test_units_are_named_by_another_table_so_that_an_emptied_one_stays_empty(lake):
    lake.add(copy.deepcopy(SHOP))

    def document(report_id, version, codes):
        order = {
            "id": "o1",
            "version": version,
            "bought": "2026-10-01",
            "promotions": [{"code": code} for code in codes],
        }
        return lake.document(
            {"orders": [order]}, source="shop", report_id=report_id, report_time=f"2026-11-0{report_id}T00:00:00Z"
        )

    full, emptied = document("1", 1, ["a", "b"]), document("2", 2, [])
    lake.run(full)
    assert lake.rows("promotions", "code") == [("a",), ("b",)]
    lake.run(emptied)
    assert lake.rows("promotions", "code") == []
    results = lake.run(full)
    assert lake.rows("promotions", "code") == []
    assert results["documents"][0]["tables"]["promotions"] == {
        "records": 2,
        "published": 0,
        "superseded": 2,
        "quarantined": 0,
        "excluded": 0,
    }
    assert lake.rows("shop_orders", "version") == [(2,)]


@pytest.fixture
def order(lake):
    """Return a function that runs the job on one document of one order: (version, day it was bought, promotions)."""
    lake.add(copy.deepcopy(SHOP))

    def run(version, bought, *codes, report_id=None):
        order = {"id": "o1", "version": version, "bought": bought, "promotions": [{"code": code} for code in codes]}
        report_id = report_id or str(version)
        document = lake.document(
            {"orders": [order]}, source="shop", report_id=report_id, report_time=f"2026-11-0{report_id}T00:00:00Z"
        )
        (one,) = lake.run(document)["documents"]
        found = (
            lake.rows("shop_orders", "CAST(bought AS STRING)", "version"),
            lake.rows("promotions", "CAST(bought AS STRING)", "code"),
        )
        return one["outcome"], *found

    return run


def test_a_unit_whose_fixed_value_changes_is_not_doubled(order):
    """Amazon has no word for it, but nobody promises that a date of purchase never moves."""
    assert order(1, "2026-10-05", "p") == ("curated", [("2026-10-05", 1)], [("2026-10-05", "p")])
    assert order(3, "2026-02-28", "q") == ("curated", [("2026-02-28", 3)], [("2026-02-28", "q")])
    # What is older than that has nothing to say, whatever month it names.
    assert order(2, "2026-10-05", "r") == ("superseded", [("2026-02-28", 3)], [("2026-02-28", "q")])


def test_in_a_large_table_a_unit_is_found_in_the_partitions_beside_its_own(order, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_SEARCHED", 0)
    order(1, "2026-01-01", "p")
    assert order(2, "2025-12-31", "p") == ("curated", [("2025-12-31", 2)], [("2025-12-31", "p")])
    # Farther is not looked: it would cost more with each month that the table grows (docs/contracts.md, `fixed`).
    assert order(3, "2026-03-01")[1] == [("2025-12-31", 2), ("2026-03-01", 3)]
