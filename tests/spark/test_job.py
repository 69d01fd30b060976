"""The whole job on real Iceberg: published, superseded, quarantined, refused; repeating a run changes nothing."""

from decimal import Decimal

import pytest
from curation.errors import RuleFailedToRunError
from curation.publishing import commits
from curation.run import CurationRun


def outcomes(results):
    return {one["report_id"]: (one["outcome"], one["code"]) for one in results["documents"]}


def test_a_batch_of_both_kinds_of_documents(lake, day, order_file, orders_contract, days_contract):
    lake.add(orders_contract)
    lake.add(days_contract)
    orders = order_file(
        "1",
        [
            ("o1", "2026-11-01", "a", 1),
            ("o1", "2026-11-01", "a", 1),
            ("o2", "2026-11-01", 'b"', "x"),
            ("o3", "2026-11-01", "c", 2),
        ],
        charset="cp1252",
    )
    damaged = lake.document(b"not gzip", packed=False, report_id="9")
    results = lake.run(orders, damaged, day("2", [("B1", 1), ("B2", 2000)], report_time="2026-11-03T00:00:00Z"))

    assert outcomes(results) == {"1": ("curated", None), "9": ("refused", "NotGzip"), "2": ("curated", None)}
    assert lake.rows("orders", "order_id", "sku", "quantity", "price", "city") == [
        ("o1", "a", 1, Decimal("9.90"), "Köln"),
        ("o1", "a", 1, Decimal("9.90"), "Köln"),
        ("o3", "c", 2, Decimal("9.90"), "Köln"),
    ]
    assert lake.rows("items", "CAST(day AS STRING)", "asin", "units", "source_document") == [
        ("2026-11-01", "B1", 1, "northwind/2"),
        ("2026-11-01", "B2", 2000, "northwind/2"),
    ]
    (bad,) = lake.operations("quarantine")
    assert (bad["line"], bad["column_name"], bad["reason"]) == (4, "quantity", "is not a number")
    assert bad["record"] == 'o2\t2026-10-05T10:00:00Z\t2026-11-01T00:00:00+00:00\tb"\tx\t9.90\tKöln'
    accounts = {
        (row["report_id"], row["table_name"]): (row["records"], row["published"], row["quarantined"])
        for row in lake.operations("documents")
    }
    assert accounts == {
        ("1", "orders"): (4, 3, 1),
        ("9", None): (None, None, None),
        ("2", "days"): (1, 1, 0),
        ("2", "items"): (2, 2, 0),
    }
    charsets = {row["report_id"]: row["charset"] for row in lake.operations("documents")}
    assert charsets["1"] == "cp1252 (code page)"
    warned = [row for row in lake.operations("quality_results") if not row["success"]]
    assert [(row["table_name"], row["column_name"], row["severity"], row["failing_documents"]) for row in warned] == [
        ("items", "units", "warning", '["northwind/2"]')
    ]
    assert results["quality"]["warnings"] == 1
    assert results["tables"] == {"orders": 3, "days": 1, "items": 2}


def test_bad_documents_are_refused_by_name_and_hold_nothing_back(lake, order_file, orders_contract, days_contract):
    lake.add(orders_contract)
    lake.add(days_contract)
    header = "order-id\tbought\tupdated\tsku\tquantity\tprice\tcity"
    row = "o9\t2026-10-05T10:00:00Z\t2026-11-01T00:00:00Z\tsku\t1\t9.90\tBonn"
    flat = {
        "Empty": b"",
        "Binary": b"\0\1\2",
        "WrongFormat": b"Date range exceeded. Report can be requested only upto 30 days",
        "ErrorDocument": b'{"errorDetails": "no"}',
        "HeaderMissing": b"sku\tquantity\n1\t2\n",
        "NoRows": header.encode() + b"\n\n",
        "LineTooLong": f"{header}\n{row}\n{'x' * 10_000_000}\n".encode(),
        "CharsetUnknown": f"{header}\n{row}\n".encode("utf-16"),
        "Truncated": f"{header}\n{row}\no9\t2026-10".encode(),
    }
    echoes = [
        *(
            {"reportType": ["GET_TEST"]},
            {"reportOptions": [1]},
            {"marketplaceIds": "A1PA6795UKMFR9"},
            {"marketplaceIds": [{}]},
        ),
        *({"dataStartTime": "yesterday"}, {"dataStartTime": {"x": 1}}, {"reportType": "\ud800"}),
    ]
    documents = [lake.document(content, report_id=code, charset="utf-8") for code, content in flat.items()]
    for number, changes in enumerate(echoes):
        body = {"reportSpecification": {"reportType": "GET_TEST"} | changes, "\ud800": 1, "byDate": [], "byAsin": []}
        documents.append(
            lake.document(
                body, source="days", report_id=f"EchoMalformed{number}", data_start_time="2026-11-01T00:00:00Z"
            )
        )
    documents.append(
        lake.document(
            '{"reportSpecification": {"reportType": "\\u001b\\ud800"}, "byDate": []}',
            source="days",
            report_id="EchoMalformed",
        )
    )
    documents.append(
        lake.document(
            {"reportSpecification": {"reportType": "OTHER"}, "byDate": []}, source="days", report_id="EchoMismatch"
        )
    )
    odd = {
        "reportSpecification": {"reportType": "GET_TEST"},
        "\ud800": 1,
        "byDate": [],
        "byAsin": [{"asin": "B1", "\udfff": 1}],
    }
    good = [order_file("good", [("o1", "2026-11-01", "a", 1)]), lake.document(odd, source="days", report_id="day")]
    results = lake.run(*documents, *good)
    found = {one["report_id"]: one["code"] for one in results["documents"] if one["outcome"] == "refused"}
    assert found == {one["report_id"]: one["report_id"].rstrip("0123456789") for one in documents}
    assert outcomes(results)["good"] == outcomes(results)["day"] == ("curated", None)
    assert lake.rows("orders", "order_id") == [("o1",)]
    assert lake.rows("items", "asin") == [("B1",)]
    recorded = {row["report_id"]: row for row in lake.operations("documents")}
    assert recorded["day"]["drift"] == '{"unknown": ["?", "byAsin.?"]}'
    assert {name: row["code"] for name, row in recorded.items() if row["outcome"] == "refused"} == found
    assert "Report can be requested only upto 30 days" in recorded["WrongFormat"]["message"]
    assert [recorded[name]["charset"] for name in ("NoRows", "Truncated", "Binary", "EchoMalformed1")] == [
        "utf-8 (header)",
        "utf-8 (header)",
        None,
        "utf-8 (JSON)",
    ]


def test_replays_and_older_documents_change_nothing_and_restatements_replace(lake, day, days_contract):
    lake.add(days_contract)
    first = day("1", [("B1", 1), ("B2", 2)])
    second = day("2", [("B1", 5)], report_time="2026-11-03T00:00:00Z")
    emptied = day("3", [], days=False, report_time="2026-11-04T00:00:00Z")
    lake.run(first)
    assert lake.rows("items", "asin", "units") == [("B1", 1), ("B2", 2)]
    lake.run(second)
    assert lake.rows("items", "asin", "units") == [("B1", 5)]
    snapshots = lake.snapshots("items")
    results = lake.run(first, second)
    assert outcomes(results) == {"1": ("superseded", None), "2": ("curated", None)}
    assert lake.rows("items", "asin", "units") == [("B1", 5)]
    assert lake.snapshots("items") == snapshots
    lake.run(emptied)
    assert lake.rows("items", "asin") == []
    lake.run(second)
    assert lake.rows("items", "asin") == []
    kept = {row["report_id"]: row["outcome"] for row in lake.operations("documents")}
    assert kept == {"1": "curated", "2": "curated", "3": "curated"}


def test_an_order_is_replaced_as_a_whole_by_the_newest_version(lake, order_file, orders_contract):
    lake.add(orders_contract)
    newer = order_file("1", [("o1", "2026-11-05", "a", 1), ("o2", "2026-11-01", "x", 1)])
    # Made later, but of an older state of o1; and of a newer one of o2, whose second line is gone.
    older = order_file(
        "2",
        [("o1", "2026-11-02", "a", 7), ("o1", "2026-11-02", "b", 7), ("o2", "2026-11-03", "x", 2)],
        report_time="2026-11-09T00:00:00Z",
    )
    results = lake.run(newer, older)
    assert lake.rows("orders", "order_id", "sku", "quantity") == [("o1", "a", 1), ("o2", "x", 2)]
    tables = {one["report_id"]: one["tables"]["orders"] for one in results["documents"]}
    assert (tables["1"]["published"], tables["1"]["superseded"]) == (1, 1)
    assert (tables["2"]["published"], tables["2"]["superseded"]) == (1, 2)


def test_a_document_that_breaks_a_critical_rule_is_stopped_and_the_rest_published(lake, order_file, orders_contract):
    lake.add(orders_contract)
    good = order_file("1", [("o1", "2026-11-01", "a", 1)])
    bad = order_file(
        "2", [("o1", "2026-11-09", "a", -1), ("o2", "2026-11-09", "b", 1)], report_time="2026-11-09T00:00:00Z"
    )
    results = lake.run(good, bad)
    assert outcomes(results) == {"1": ("curated", None), "2": ("quarantined", "RuleBroken")}
    assert lake.rows("orders", "order_id", "quantity") == [("o1", 1)]
    (failed,) = [row for row in lake.operations("quality_results") if not row["success"]]
    assert failed["failing_documents"] == '["northwind/2"]'
    assert results["quality"]["failed"] == 1


def test_a_run_that_dies_between_table_and_record_ends_the_same_when_repeated(lake, day, days_contract, monkeypatch):
    lake.add(days_contract)
    first, second = day("1", [("B1", 1)]), day("2", [("B1", 5)], report_time="2026-11-03T00:00:00Z")
    lake.run(first)
    for where, name in ((CurationRun, "_record"), (commits, "merge")):
        with monkeypatch.context() as patched:
            patched.setattr(where, name, lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
            with pytest.raises(RuntimeError):
                lake.run(second, run_id="run-x")
    lake.run(first)
    assert lake.rows("items", "asin", "units") == [("B1", 5)]
    lake.run(second, run_id="run-x")
    assert lake.rows("items", "asin", "units") == [("B1", 5)]
    assert {row["report_id"]: row["outcome"] for row in lake.operations("documents")} == {
        "1": "curated",
        "2": "curated",
    }


def test_a_large_document_is_cut_for_several_tasks_and_starts_again_with_other_charsets(lake, orders_contract):
    lake.add(orders_contract)
    lines = [
        f"o{number}\t2026-10-05T10:00:00Z\t2026-11-01T00:00:00Z\tsku\t"
        f"{number if number != 20_000 else 'x'}\t9.90\t{'plain' * 8}"
        for number in range(50_000)
    ]
    content = "\n".join(
        [
            "order-id\tbought\tupdated\tsku\tquantity\tprice\tcity",
            *lines,
            "last\t2026-10-05T10:00:00Z\t2026-11-01T00:00:00Z\tsku\t1\t1\tKöln",
            "",
        ]
    )
    large = lake.document(content.encode("cp1252"), report_id="1")
    cut = lake.document(b"order-id\tbought\n", report_id="2", packed=False)
    # The charset that the header names fails, and so does UTF-8.
    results = lake.run(large | {"content_bytes": 200 << 20, "charset": "EUC-JP"}, cut | {"content_bytes": 200 << 20})
    assert outcomes(results) == {"1": ("curated", None), "2": ("refused", "NotGzip")}
    assert results["documents"][1]["tables"]["orders"] == {
        "records": 50_001,
        "published": 50_000,
        "superseded": 0,
        "quarantined": 1,
        "excluded": 0,
    }
    assert lake.rows("orders", "count(*)", "count(DISTINCT order_id)", "max(city)") == [(50_000, 50_000, "plain" * 8)]
    assert (
        lake.spark.table(f"lake.{lake.settings.curated_database}.orders").where("order_id = 'last'").head().city
        == "Köln"
    )
    assert [row["line"] for row in lake.operations("quarantine")] == [20_002]
    assert [row["charset"] for row in lake.operations("documents") if row["report_id"] == "1"] == ["cp1252 (code page)"]


def test_a_rule_that_cannot_run_fails_the_run_and_publishes_nothing(lake, order_file, orders_contract):
    orders_contract["tables"]["orders"]["quality"].append(
        {"expect": "column_values_to_be_between", "column": "nope", "min_value": 0, "severity": "warning"}
    )
    lake.add(orders_contract)
    with pytest.raises(RuleFailedToRunError, match="nope"):
        lake.run(order_file("1", [("o1", "2026-11-01", "a", 1)]))
    assert lake.rows("orders", "order_id") == []


def test_personal_values_are_masked_in_samples(lake, order_file, orders_contract):
    rule = {"expect": "column_values_to_be_in_set", "severity": "warning"}
    orders_contract["tables"]["orders"]["quality"] = [
        rule | {"column": "city", "value_set": ["Bonn"]},
        rule | {"column": "sku", "value_set": ["z"]},
    ]
    lake.add(orders_contract)
    lake.run(order_file("1", [("o1", "2026-11-01", "a", 1)]))
    samples = {row["column_name"]: row["sample"] for row in lake.operations("quality_results")}
    assert samples == {"city": '["***"]', "sku": '["a"]'}
    page = (lake.folder / "data_docs" / "run-1" / "index.html").read_text()
    assert "Köln" not in page
    assert "column_values_to_be_in_set_city" in page
