"""Tables follow their contracts in columns, partitions and tags; what they cannot follow is refused first."""

import json

import pytest
from curation.errors import IncompatibleTableError


def test_a_table_follows_its_contract_and_what_it_cannot_follow_is_refused_first(lake, order_file, orders_contract):
    lake.add(orders_contract)
    first = order_file("1", [("o1", "2026-11-01", "a", 1)])
    lake.run(first)
    columns = orders_contract["tables"]["orders"]["columns"]
    columns[4]["type"], columns[5]["type"] = "bigint", "decimal(12,2)"
    columns[6] = {"name": "town", "from": "city", "type": "string", "description": "d"}
    lake.run(first)
    assert lake.rows("orders", "order_id", "quantity", "town") == [("o1", 1, "Köln")]
    columns[3]["type"] = "date"
    before = lake.snapshots("orders")
    with pytest.raises(IncompatibleTableError, match=r"column sku is string in the table and date in the contract"):
        lake.run(order_file("2", [("o2", "2026-11-01", "a", 1)]))
    assert lake.snapshots("orders") == before


def partitions(lake, table):
    described = lake.spark.sql(f"DESCRIBE lake.{lake.settings.curated_database}.{table}").collect()
    return [row["data_type"] for row in described if row["col_name"].startswith("Part ")]


def specs(lake, table):
    return lake.spark.sql(f"SELECT DISTINCT spec_id FROM lake.{lake.settings.curated_database}.{table}.files").collect()


def test_a_table_is_cut_as_its_contract_says_and_older_files_are_found_all_the_same(lake, order_file, orders_contract):
    lake.add(orders_contract)
    table = orders_contract["tables"]["orders"]
    lake.run(order_file("1", [("o1", "2026-11-01", "a", 1), ("o2", "2026-11-01", "b", 1)]))
    assert partitions(lake, "orders") == ["months(bought)"]

    table["partitioned_by"] = ["days(bought)", "order_id"]
    lake.run(order_file("2", [("o3", "2026-11-02", "c", 1)], report_time="2026-11-03T00:00:00Z"))
    assert partitions(lake, "orders") == ["days(bought)", "order_id"]
    assert len(specs(lake, "orders")) == 2
    lake.run(order_file("3", [("o1", "2026-11-03", "a", 2)], report_time="2026-11-04T00:00:00Z"))
    assert lake.rows("orders", "order_id", "quantity") == [("o1", 2), ("o2", 1), ("o3", 1)]

    for wanted in ([], ["months(bought)"], ["years(bought)"]):
        table["partitioned_by"] = wanted
        lake.run(order_file("4", [("o2", "2026-11-09", "b", 4)], report_time="2026-11-09T00:00:00Z"))
        assert partitions(lake, "orders") == wanted
        assert lake.rows("orders", "order_id", "quantity") == [("o1", 2), ("o2", 4), ("o3", 1)]


def test_what_a_table_cannot_follow_in_its_partitions_is_refused_first(lake, order_file, orders_contract):
    lake.add(orders_contract)
    table = orders_contract["tables"]["orders"]
    first = order_file("1", [("o1", "2026-11-01", "a", 1)])
    table["partitioned_by"], table["fixed"] = ["months(bought)", "sku"], ["bought", "sku"]
    lake.run(first)
    table["partitioned_by"], table["fixed"] = ["months(bought)"], ["bought"]
    lake.run(first)
    before = lake.snapshots("orders")

    kept = list(table["columns"])
    table["columns"] = [column for column in kept if column["name"] != "sku"]
    with pytest.raises(
        IncompatibleTableError,
        match=r"the contract drops sku, by which the table is or was partitioned. Keep the column.",
    ):
        lake.run(first)
    table["columns"] = [*kept, {"name": "bought_month", "from": "x", "type": "string", "description": "d"}]
    with pytest.raises(IncompatibleTableError, match="bought_month is the name of a partition field of the table"):
        lake.run(first)
    table["columns"] = [*kept, {"name": "bought_day", "from": "x", "type": "string", "description": "d"}]
    lake.run(first)
    table["partitioned_by"] = ["days(bought)"]
    with pytest.raises(
        IncompatibleTableError,
        match="a column is called bought_day, which is the name of a partition field of the contract",
    ):
        lake.run(first)
    assert partitions(lake, "orders") == ["months(bought)"]
    assert lake.rows("orders", "order_id", "sku") == [("o1", "a")]
    assert lake.snapshots("orders") - before <= 1


def test_columns_are_tagged_before_the_first_row_and_only_when_they_change(lake, order_file, orders_contract):
    class Recorder:
        def __init__(self):
            self.calls = []

        def tag(self, database, table):
            rows = lake.spark.table(f"lake.{database}.{table.name}").count()
            self.calls.append((table.name, rows, {column.name: column.sensitivity for column in table.fields}))

    lake.add(orders_contract)
    recorder = Recorder()
    lake.run(order_file("1", [("o1", "2026-11-01", "a", 1)]), tagger=recorder)
    tagged = {name: (rows, sensitivities) for name, rows, sensitivities in recorder.calls}
    assert tagged["orders"][0] == 0
    assert tagged["orders"][1]["city"] == "personal"
    assert tagged["orders"][1]["sku"] == "internal"
    assert tagged["orders"][1]["other_columns"] == "personal"
    assert set(tagged) == {"orders", "documents", "quality_results", "quarantine"}
    lake.run(order_file("1", [("o1", "2026-11-01", "a", 1)]), tagger=recorder)
    assert len(recorder.calls) == 4


def bounds(lake, table):
    """The bounds that the table's files have, as one text by column."""
    name = f"lake.{lake.settings.curated_database}.{table}.files"
    (metrics,) = lake.spark.sql(f"SELECT to_json(readable_metrics) FROM {name}").head()
    return {
        column: {kind: value for kind, value in found.items() if kind.endswith("_bound")}
        for column, found in json.loads(metrics).items()
    }


def test_metadata_have_no_values_of_personal_columns(lake, order_file, orders_contract):
    lake.add(orders_contract)
    lake.run(order_file("1", [("o1", "2026-11-01", "a", 1)]))
    assert bounds(lake, "orders")["city"] == {}
    assert bounds(lake, "orders")["sku"] == {"lower_bound": "a", "upper_bound": "a"}

    columns = {column["name"]: column for column in orders_contract["tables"]["orders"]["columns"]}
    columns["sku"]["sensitivity"], columns["city"]["sensitivity"] = "personal", "internal"
    lake.run(order_file("1", [("o1", "2026-11-01", "b", 2)], report_time="2026-11-09T00:00:00Z"))
    assert bounds(lake, "orders")["sku"] == {}
    assert set(bounds(lake, "orders")["city"]) == {"lower_bound", "upper_bound"}
    lake.run(order_file("1", [("o1", "2026-11-01", "c", 3)], report_time="2026-11-10T00:00:00Z"))
    assert bounds(lake, "orders")["sku"] == {}
