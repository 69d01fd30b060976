"""Calls of the catalogue's API under Lake Formation: what each needs, and what is left of its answer."""

import pytest

from local_cloud.emulator.lake_formation import InsufficientPermissionsError
from local_cloud.emulator.lake_formation.access import EVERYBODY, Governance, Grant
from local_cloud.emulator.lake_formation.catalogue import Sight

READER = "arn:aws:iam::123456789012:role/reader"
DATABASE = {"Database": {"Name": "curated"}}
ORDERS = {"Table": {"DatabaseName": "curated", "Name": "orders"}}
ALL_TABLES = {"Table": {"DatabaseName": "curated", "TableWildcard": {}}}
SOME_COLUMNS = {"TableWithColumns": {"DatabaseName": "curated", "Name": "orders", "ColumnNames": ["amount"]}}
CATALOG: dict[str, dict[str, str]] = {"Catalog": {}}


def column(name, **parameters):
    return {"Name": name, "Parameters": {name.replace("_", "."): value for name, value in parameters.items()}}


def table(name="orders", location="s3://lake/curated/orders"):
    listed = [column("amount"), column("email"), column("phone", iceberg_field_current="false")]
    storage = {"Columns": listed, "Location": location}
    return {"DatabaseName": "curated", "Name": name, "StorageDescriptor": storage, "PartitionKeys": []}


TABLES = {f"curated/{name}": table(name) for name in ("orders", "sales")}


def sight(*grants):
    made = tuple(Grant(READER, resource, frozenset(permissions), frozenset()) for resource, *permissions in grants)
    governance = Governance(made, locations=("arn:aws:s3:::lake",))
    return Sight(governance, READER, {"curated": {"LocationUri": "s3://lake/curated/"}}, TABLES)


NAMED = {"DatabaseName": "curated", "Name": "orders"}
MISSING = {**NAMED, "Name": "missing"}
NEW = {"DatabaseName": "curated", "TableInput": table("new")}
CHANGED = {"DatabaseName": "curated", "TableInput": table()}
MOVED = {"DatabaseName": "curated", "TableInput": table(location="s3://lake/elsewhere")}
PARTITIONS = {"DatabaseName": "curated", "TableName": "orders"}
LOCATION = {"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/elsewhere"}}
NEEDS = [
    ("GetDatabase", {"Name": "curated"}, [(DATABASE, "DESCRIBE")], "Describe on curated"),
    ("CreateDatabase", {"DatabaseInput": {"Name": "a"}}, [(CATALOG, "CREATE_DATABASE")], "Create Database on Catalog"),
    ("UpdateDatabase", {"Name": "curated"}, [(DATABASE, "ALTER")], "Alter on curated"),
    ("DeleteDatabase", {"Name": "curated"}, [(DATABASE, "DROP")], "Drop on curated"),
    ("GetTables", {"DatabaseName": "curated"}, [(DATABASE, "DESCRIBE")], "Describe on curated"),
    ("GetTable", NAMED, [(SOME_COLUMNS, "SELECT")], "Describe on orders"),
    ("GetTable", MISSING, [(ALL_TABLES, "DESCRIBE")], "Describe on missing"),
    ("CreateTable", NEW, [(DATABASE, "CREATE_TABLE")], "Create Table on curated"),
    ("UpdateTable", CHANGED, [(ORDERS, "ALTER")], "Describe on orders"),
    ("UpdateTable", MOVED, [(ORDERS, "ALTER"), (LOCATION, "DATA_LOCATION_ACCESS")], "Describe on orders"),
    ("DeleteTable", NAMED, [(ORDERS, "DROP")], "Describe on orders"),
    ("GetPartitions", PARTITIONS, [(SOME_COLUMNS, "SELECT")], "Describe on orders"),
    ("GetPartition", PARTITIONS, [(SOME_COLUMNS, "SELECT")], "Describe on orders"),
]


@pytest.mark.parametrize(("operation", "members", "grants", "required"), NEEDS)
def test_a_call_needs_its_permission(operation, members, grants, required):
    sight(*grants).refuse_unless_allowed(operation, members)
    with pytest.raises(InsufficientPermissionsError, match=f"Required {required}"):
        sight().refuse_unless_allowed(operation, members)


@pytest.mark.parametrize(
    ("operation", "members", "grants", "required"),
    [
        ("UpdateTable", CHANGED, [(ORDERS, "SELECT", "INSERT")], "Alter on orders"),
        ("UpdateTable", MOVED, [(ORDERS, "ALTER")], "Data Location Access on s3://lake/elsewhere"),
        ("DeleteTable", NAMED, [(ORDERS, "ALTER", "SELECT")], "Drop on orders"),
        ("CreateTable", NEW, [(DATABASE, "DESCRIBE"), (ALL_TABLES, "ALL")], "Create Table on curated"),
        ("GetPartitions", PARTITIONS, [(ORDERS, "DESCRIBE")], "Select on orders"),
        ("GetTable", {**NAMED, "Name": "sales"}, [(ORDERS, "ALL")], "Describe on sales"),
    ],
)
def test_another_permission_is_not_enough(operation, members, grants, required):
    with pytest.raises(InsufficientPermissionsError, match=f"Required {required}"):
        sight(*grants).refuse_unless_allowed(operation, members)


@pytest.mark.parametrize("operation", ["GetTableVersions", "SearchTables", "BatchGetPartition", ""])
def test_a_call_without_a_rule_is_refused(operation):
    with pytest.raises(InsufficientPermissionsError, match="a rule in local_cloud"):
        sight((ALL_TABLES, "ALL"), (DATABASE, "ALL")).refuse_unless_allowed(operation, {})


@pytest.mark.parametrize("operation", ["StartJobRun", "GetJobRun"])
def test_what_is_not_about_the_catalogue_is_left_to_iam(operation):
    sight().refuse_unless_allowed(operation, {})


class TestAnswers:
    def test_columns(self):
        found = sight((SOME_COLUMNS, "SELECT")).shown("GetTable", {"Table": table()})["Table"]
        assert [one["Name"] for one in found["StorageDescriptor"]["Columns"]] == ["amount"]
        assert found["IsRegisteredWithLakeFormation"]

    def test_former_columns_are_shown_to_who_sees_all_present_ones(self):
        found = sight((ORDERS, "DESCRIBE")).shown("GetTable", {"Table": table()})["Table"]
        assert [one["Name"] for one in found["StorageDescriptor"]["Columns"]] == ["amount", "email", "phone"]

    def test_tables_and_databases(self):
        reader = sight((SOME_COLUMNS, "SELECT"))
        found = reader.shown("GetTables", {"TableList": list(TABLES.values())})
        assert [one["Name"] for one in found["TableList"]] == ["orders"]
        databases = {"DatabaseList": [{"Name": "curated"}]}
        assert reader.shown("GetDatabases", databases) == {"DatabaseList": []}
        assert sight((DATABASE, "DESCRIBE")).shown("GetDatabases", databases) == databases
        assert reader.tables() == []
        assert [entry["Name"] for entry, _ in reader.tables("curated")] == ["orders"]

    def test_where_data_are_not_registered_iam_is_asked(self):
        reader = sight()
        assert reader.left_to_iam(table()) == []
        assert reader.left_to_iam(table(location="s3://other/x")) == ["s3://other/x"]

    def test_everybody_is_somebody(self):
        grant = Grant(EVERYBODY, ORDERS, frozenset({"ALL"}), frozenset())
        everybody = Sight(Governance((grant,), locations=("arn:aws:s3:::lake",)), "nobody", {}, TABLES)
        assert everybody.access(table()).readable == {"amount", "email"}
