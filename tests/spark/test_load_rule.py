"""The one load rule against a small reference model, on real Iceberg: random documents in random order, replayed, doubled, restated, crashing in between.

Many accounts run side by side in one table, so that one run of the job tries many sequences at once.
"""

import copy

import pytest
from curation import job
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ACCOUNTS = 12
WINDOWS = ("2026-10-31", "2026-11-01")
ORDERS = ("o1", "o2", "o3")


class KilledError(Exception):
    pass


@st.composite
def days(draw):
    """Documents of one account for a few windows; some share their report time, some are empty, some say the same as others."""
    documents = []
    for number in range(draw(st.integers(1, 5))):
        items = draw(st.lists(st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 2)), max_size=3))
        documents.append({"id": str(number), "window": draw(st.sampled_from(WINDOWS)), "time": draw(st.integers(1, 4)), "items": items})
    return documents


@st.composite
def orders(draw):
    """Order files of one account: each names some orders in some version, with some lines."""
    documents = []
    for number in range(draw(st.integers(1, 5))):
        rows = []
        for order in draw(st.lists(st.sampled_from(ORDERS), unique=True, max_size=3)):
            version = draw(st.integers(1, 3))
            rows += [(order, version, sku) for sku in draw(st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=3))]
        documents.append({"id": str(number), "time": draw(st.integers(1, 4)), "rows": rows})
    return documents


@st.composite
def schedules(draw):
    """When documents are curated: batches of (account, document), with doubles; each batch may die after some of its tables, and is then repeated later."""
    count = draw(st.integers(2, 4))
    return [{"take": draw(st.randoms(use_true_random=False)), "dies": draw(st.sampled_from([None, None, "record", "merge"]))} for _ in range(count)]


def expected_items(documents):
    """The newest document of a window counts, by (report time, report id); nothing else does."""
    newest = {}
    for document in documents:
        other = newest.get(document["window"])
        if other is None or (other["time"], other["id"]) < (document["time"], document["id"]):
            newest[document["window"]] = document
    return sorted((window, asin, units, document["id"]) for window, document in newest.items() for asin, units in document["items"])


def expected_orders(documents):
    """The newest document of an order counts, by (version, report time, report id)."""
    newest = {}
    for document in documents:
        for order in {row[0] for row in document["rows"]}:
            rows = [row for row in document["rows"] if row[0] == order]
            rank = (max(row[1] for row in rows), document["time"], document["id"])
            if order not in newest or newest[order][0] < rank:
                newest[order] = (rank, rows)
    return sorted((order, version, sku, rank[2]) for rank, rows in newest.values() for order, version, sku in rows)


@settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(of_days=st.lists(days(), min_size=ACCOUNTS, max_size=ACCOUNTS), of_orders=st.lists(orders(), min_size=ACCOUNTS, max_size=ACCOUNTS), schedule=schedules())
def test_tables_hold_what_the_newest_documents_say(spark, tmp_path_factory, fresh_lake, orders_contract, days_contract, of_days, of_orders, schedule):
    lake = fresh_lake(tmp_path_factory.mktemp("lake"))
    orders_contract["document"]["without_rows"] = "published"
    lake.add(orders_contract)
    lake.add(days_contract)
    stored = {}
    for account, documents in enumerate(of_days):
        for document in documents:
            stored["d", account, document["id"]] = lake.document(
                {
                    "reportSpecification": {"reportType": "GET_TEST", "marketplaceIds": ["A1PA6795UKMFR9"]},
                    "byDate": [],
                    "byAsin": [{"asin": asin, "units": units} for asin, units in document["items"]],
                },
                source="days",
                account=f"a{account}",
                report_id=document["id"],
                window=document["window"],
                window_start=document["window"],
                report_time=f"2026-11-0{document['time']}T00:00:00Z",
            )
    for account, documents in enumerate(of_orders):
        for document in documents:
            lines = [f"{order}\t2026-10-0{order[1]}T00:00:00Z\t2026-11-0{version}T00:00:00Z\t{sku}\t1\t1\t" for order, version, sku in document["rows"]]
            stored["o", account, document["id"]] = lake.document(
                "\n".join(["order-id\tbought\tupdated\tsku\tquantity\tprice\tcity", *lines, ""]),
                account=f"b{account}",
                report_id=document["id"],
                report_time=f"2026-11-0{document['time']}T00:00:00Z",
            )
    pending, seen = [], set()
    names = sorted(stored)
    for step, batch in enumerate(schedule):
        taken = [name for name in names if batch["take"].random() < 0.5]
        seen.update(taken)
        chosen = [stored[name] for name in taken]
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
    of_days = [[document for document in documents if ("d", account, document["id"]) in seen] for account, documents in enumerate(of_days)]
    of_orders = [[document for document in documents if ("o", account, document["id"]) in seen] for account, documents in enumerate(of_orders)]
    found = lake.rows("items", "account_id", "request_window", "asin", "units", "source_document")
    assert sorted((account, window, asin, units, name.split("/")[1]) for account, window, asin, units, name in found) == sorted(
        (f"a{account}", *row) for account, documents in enumerate(of_days) for row in expected_items(documents)
    )
    found = lake.rows("orders", "account_id", "order_id", "day(updated)", "sku", "source_document")
    assert sorted((account, order, version, sku, name.split("/")[1]) for account, order, version, sku, name in found) == sorted(
        (f"b{account}", *row) for account, documents in enumerate(of_orders) for row in expected_orders(documents)
    )
    for row in lake.operations("documents"):
        assert row["records"] == row["published"] + row["superseded"] + row["quarantined"] + row["excluded"]


def kill(patched, where):
    """Let the job die after its tables and before their record, or after its first table."""
    if where == "record":
        patched.setattr(job, "_record", lambda _: (_ for _ in ()).throw(KilledError))
        return
    merge, calls = job.publishing.merge, []

    def dying(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise KilledError
        merge(*arguments)

    patched.setattr(job.publishing, "merge", dying)


NESTED = {
    "source": "nested",
    "description": "d",
    "documentation": "d",
    "request": {},
    "document": {"format": "json"},
    "tables": {
        "parents": {
            "description": "d",
            "records": "orders",
            "unit": ["order_id"],
            "key": ["order_id"],
            "version": "version",
            "columns": [
                {"name": "order_id", "from": "id", "type": "string", "description": "d"},
                {"name": "version", "from": "version", "type": "int", "description": "d"},
            ],
            "partitioned_by": [],
        },
        "children": {
            "description": "d",
            "records": "orders.lines",
            "unit": ["order_id"],
            "units_of": "parents",
            "version": "version",
            "columns": [
                {"name": "order_id", "from": "../id", "type": "string", "description": "d"},
                {"name": "version", "from": "../version", "type": "int", "description": "d"},
                {"name": "sku", "from": "sku", "type": "string", "description": "d"},
            ],
            "partitioned_by": [],
        },
    },
}


def test_units_are_named_by_another_table_so_that_an_emptied_one_stays_empty(lake):
    lake.add(copy.deepcopy(NESTED))

    def document(report_id, version, skus):
        body = {"orders": [{"id": "o1", "version": version, "lines": [{"sku": sku} for sku in skus]}]}
        return lake.document(body, source="nested", report_id=report_id, report_time=f"2026-11-0{report_id}T00:00:00Z")

    full, emptied = document("1", 1, ["a", "b"]), document("2", 2, [])
    lake.run(full)
    assert lake.rows("children", "sku") == [("a",), ("b",)]
    lake.run(emptied)
    assert lake.rows("children", "sku") == []
    results = lake.run(full)
    assert lake.rows("children", "sku") == []
    assert results["documents"][0]["tables"]["children"] == {"records": 2, "published": 0, "superseded": 2, "quarantined": 0, "excluded": 0}
    assert lake.rows("parents", "version") == [(2,)]
