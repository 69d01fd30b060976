"""The gate inside the job, on Spark.

Rules about documents, more offending rows and partitions than are listed, and documents without a row.
"""

import json

import pytest
from curation.judging import gate
from curation.publishing import bounds

HEADER = "order-id\tbought\tupdated\tsku\tquantity\tprice\tcity"


@pytest.fixture
def file(lake):
    """Return a function that stores a document of the `orders` contract.

    Its rows are (order, day it was bought, day it was updated, quantity).
    """

    def store(report_id, *rows, **record):
        lines = [
            f"{order}\t{bought}T10:00:00Z\t{updated}T00:00:00Z\ta\t{quantity}\t9.90\tK"
            for order, bought, updated, quantity in rows
        ]
        return lake.document(
            "\n".join([HEADER, *lines, ""]),
            report_id=report_id,
            report_time=f"2026-11-{int(report_id):02}T00:00:00Z",
            **record,
        )

    return store


def outcomes(results):
    return {one["report_id"]: (one["outcome"], one["code"]) for one in results["documents"]}


def broken(lake, run_id):
    return {
        row["rule"]: row["failing_documents"]
        for row in lake.operations("quality_results")
        if row["run_id"] == run_id and not row["success"]
    }


def test_a_document_is_judged_beside_the_one_before_it_in_its_series(lake, file, orders_contract):
    rule = {"expect": "column_values_to_be_between", "per": "document", "severity": "critical"}
    orders_contract["tables"]["orders"]["quality"] = [
        rule | {"name": "change", "column": "change_in_records", "min_value": 0.5, "max_value": 2},
        rule | {"name": "previous", "column": "previous_records", "min_value": 2, "severity": "warning"},
    ]
    lake.add(orders_contract)
    orders = [(f"o{number}", "2026-10-05", "2026-11-01", 1) for number in range(9)]
    # Nothing came before: neither rule has anything to compare with.
    assert outcomes(lake.run(file("1", *orders[:2]))) == {"1": ("curated", None)}
    assert broken(lake, "run-1") == {}
    # The second of the series has four times as many; for another account the same is the first.
    results = lake.run(
        file("2", *orders[:8], window="2026-11-02"), file("2", orders[0], account="other", window="2026-11-02")
    )
    assert [(one["account"], one["outcome"]) for one in results["documents"]] == [
        ("northwind", "quarantined"),
        ("other", "curated"),
    ]
    assert broken(lake, "run-2") == {"change": '["northwind/2"]'}
    # What was stopped is nothing to compare with: it is still the first.
    results = lake.run(
        file("3", *orders[:3], window="2026-11-03"), file("3", orders[0], account="other", window="2026-11-03")
    )
    assert outcomes(results) == {"3": ("curated", None)}
    assert broken(lake, "run-3") == {"previous": '["other/3"]'}
    # Of those published, the newest counts.
    assert outcomes(lake.run(file("4", *orders[:6], window="2026-11-04"))) == {"4": ("curated", None)}


def test_more_offending_rows_than_are_listed_are_found_by_halving(lake, file, orders_contract, monkeypatch):
    monkeypatch.setattr(gate, "MOST_INDEXED", 1)
    lake.add(orders_contract)
    bad, good = [("p", "2026-10-05", "2026-11-01", -1)] * 2, ("q", "2026-10-05", "2026-11-01", 1)
    accounts = [*"abcde"]
    documents = [file("1", *(bad if account in "be" else [good]), account=account) for account in accounts]
    results = lake.run(*documents)
    assert {one["account"]: one["outcome"] for one in results["documents"]} == {
        "a": "curated",
        "b": "quarantined",
        "c": "curated",
        "d": "curated",
        "e": "quarantined",
    }
    assert lake.rows("orders", "account_id", "quantity") == [("a", 1), ("c", 1), ("d", 1)]
    (failed,) = [row for row in lake.operations("quality_results") if not row["success"]]
    assert (json.loads(failed["failing_documents"]), failed["unexpected_count"]) == (["b/1", "e/1"], 4)


def test_more_partitions_than_can_be_named_are_found_by_a_range(lake, file, orders_contract, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_LITERALS", 1)
    monkeypatch.setattr(bounds, "MOST_SEARCHED", 0)
    lake.add(orders_contract)
    months = ("2026-08-05", "2026-10-05", "2026-12-31")
    lake.run(file("1", *((f"o{number}", bought, "2026-11-01", 1) for number, bought in enumerate(months))))
    lake.run(file("2", ("o0", months[0], "2026-11-02", 5), ("o2", months[2], "2026-11-02", 6)))
    assert lake.rows("orders", "order_id", "quantity") == [("o0", 5), ("o1", 1), ("o2", 6)]


def test_more_windows_than_can_be_named_are_found_by_a_range(lake, day, days_contract, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_LITERALS", 1)
    lake.add(days_contract)
    windows = ("2026-10-31", "2026-11-01", "2026-11-02")
    lake.run(*(day(str(number), [("A", number)], window=window) for number, window in enumerate(windows)))
    newer = {"report_time": "2026-11-05T00:00:00Z"}
    lake.run(day("8", [("B", 8)], window=windows[0], **newer), day("9", [], window=windows[2], **newer))
    assert lake.rows("items", "request_window", "asin", "units") == [("2026-10-31", "B", 8), ("2026-11-01", "A", 1)]


def test_documents_without_a_row_are_curated_and_only_rules_about_documents_are_judged(
    lake, file, day, orders_contract, days_contract
):
    """Great Expectations finds every rule true of no rows: such a verdict would be no verdict, and is not recorded."""
    orders_contract["tables"]["orders"]["quality"].append(
        {
            "expect": "column_values_to_be_between",
            "per": "document",
            "name": "not_empty",
            "column": "records",
            "min_value": 1,
            "severity": "warning",
        }
    )
    orders_contract["document"]["without_rows"] = "published"
    lake.add(orders_contract)
    lake.add(days_contract)
    results = lake.run(file("1"), day("2", [], days=False))
    assert outcomes(results) == {"1": ("curated", None), "2": ("curated", None)}
    nothing = {"records": 0, "published": 0, "superseded": 0, "quarantined": 0, "excluded": 0}
    assert [one["tables"] for one in results["documents"]] == [{"orders": nothing}, {"days": nothing, "items": nothing}]
    recorded = {
        (row["report_id"], row["table_name"], row["outcome"], row["records"], row["published"])
        for row in lake.operations("documents")
    }
    assert recorded == {
        ("1", "orders", "curated", 0, 0),
        ("2", "days", "curated", 0, 0),
        ("2", "items", "curated", 0, 0),
    }
    assert {(row["rule"], row["success"], row["failing_documents"]) for row in lake.operations("quality_results")} == {
        ("not_empty", False, '["northwind/1"]')
    }
    assert results["quality"] == {"passed": 0, "failed": 0, "warnings": 1}
    assert lake.rows("orders", "order_id") == []
    # And where the rule is critical, an empty document is stopped like any other.
    orders_contract["tables"]["orders"]["quality"][-1]["severity"] = "critical"
    results = lake.run(file("3"))
    assert outcomes(results) == {"3": ("quarantined", "RuleBroken")}
