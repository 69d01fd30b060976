"""What grants, LF-Tags and data cells filters give: a case for each rule of Lake Formation."""

import pytest

from local_cloud.emulator.lake_formation.access import EVERYBODY, Governance, Table

ACCOUNT = "123456789012"
ANALYST, OTHER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("analyst", "other"))
ORDERS = Table("curated", "orders", ("account", "amount", "email"), ("s3://lake/curated/orders",))
NAMED = {"DatabaseName": "curated", "Name": "orders"}
ALL_TABLES = {"DatabaseName": "curated", "TableWildcard": {}}
DATABASE_TAGS = {("curated",): {"sensitivity": "personal", "domain": "sales"}}
TAGS = {
    **DATABASE_TAGS,
    ("curated", "orders", "account"): {"sensitivity": "internal"},
    ("curated", "orders", "amount"): {"sensitivity": "public"},
}


def grant(resource, *permissions, to=ANALYST, grantable=()):
    return {
        "Principal": {"DataLakePrincipalIdentifier": to},
        "Resource": resource,
        "Permissions": list(permissions),
        "PermissionsWithGrantOption": list(grantable),
    }


def expression(resource_type="TABLE", **keys):
    terms = [{"TagKey": key, "TagValues": values} for key, values in keys.items()]
    return {"LFTagPolicy": {"ResourceType": resource_type, "Expression": terms}}


def columns(*names):
    return {"TableWithColumns": {**NAMED, "ColumnNames": list(names)}}


def all_but(*names):
    return {"TableWithColumns": {**NAMED, "ColumnWildcard": {"ExcludedColumnNames": list(names)}}}


def cells(name, rows, **which):
    row_filter = {"FilterExpression": rows} if rows else {"AllRowsWildcard": {}}
    which = which or {"ColumnWildcard": {}}
    return {"DatabaseName": "curated", "TableName": "orders", "Name": name, "RowFilter": row_filter, **which}


def filtered(name):
    on = {"TableCatalogId": ACCOUNT, "DatabaseName": "curated", "TableName": "orders", "Name": name}
    return {"DataCellsFilter": on}


def at(arn):
    return grant({"DataLocation": {"ResourceArn": arn}}, "DATA_LOCATION_ACCESS")


def governance(*grants, tags=TAGS, filters=(), locations=("arn:aws:s3:::lake",), admins=()):
    return Governance.from_state(
        {
            "settings": {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": one} for one in admins]},
            "locations": locations,
            "grants": grants,
            "tags": [
                {"on": list(on), "tags": [{"TagKey": key, "TagValues": [value]} for key, value in found.items()]}
                for on, found in tags.items()
            ],
            "filters": filters,
        }
    )


EVERYTHING = {"account", "amount", "email"}
OPEN = expression(sensitivity=["public", "internal"])
RULES = [
    ("nothing is granted", [], set()),
    ("somebody else's grant", [grant({"Table": NAMED}, "SELECT", to=OTHER)], set()),
    ("a table by name: all its columns", [grant({"Table": NAMED}, "SELECT")], EVERYTHING),
    ("another table by name", [grant({"Table": {**NAMED, "Name": "sales"}}, "SELECT")], set()),
    ("another database's table", [grant({"Table": {**NAMED, "DatabaseName": "raw"}}, "SELECT")], set()),
    ("all tables of the database", [grant({"Table": ALL_TABLES}, "SELECT")], EVERYTHING),
    ("DESCRIBE reads nothing", [grant({"Table": NAMED}, "DESCRIBE")], set()),
    ("other permissions read nothing", [grant({"Table": NAMED}, "INSERT", "DELETE", "ALTER", "DROP")], set()),
    ("Super includes SELECT", [grant({"Table": NAMED}, "ALL")], EVERYTHING),
    ("a permission on the database reads nothing", [grant({"Database": {"Name": "curated"}}, "ALL")], set()),
    ("listed columns", [grant(columns("amount"), "SELECT")], {"amount"}),
    ("columns that do not exist", [grant(columns("phone"), "SELECT")], set()),
    ("all columns but some", [grant(all_but("email"), "SELECT")], {"account", "amount"}),
    ("all columns but none", [grant(all_but(), "SELECT")], EVERYTHING),
    ("columns take SELECT only", [grant(columns("amount"), "DESCRIBE")], set()),
    ("grants add up", [grant(columns("amount"), "SELECT"), grant(columns("email"), "SELECT")], {"amount", "email"}),
    ("a column's tag overrides the database's", [grant(OPEN, "SELECT")], {"account", "amount"}),
    ("inherited tags match", [grant(expression(domain=["sales"]), "SELECT")], EVERYTHING),
    ("one value is enough", [grant(expression(sensitivity=["public", "personal"]), "SELECT")], {"amount", "email"}),
    ("every key must match", [grant(expression(sensitivity=["public"], domain=["sales"]), "SELECT")], {"amount"}),
    ("a key that does not match", [grant(expression(sensitivity=["public"], domain=["people"]), "SELECT")], set()),
    ("a key that nothing has", [grant(expression(region=["eu"]), "SELECT")], set()),
    ("tags know no case", [grant(expression(Sensitivity=["PUBLIC"]), "SELECT")], {"amount"}),
    ("an expression on databases", [grant(expression("DATABASE", domain=["sales"]), "ALL")], set()),
    ("an empty expression", [grant(expression(), "SELECT")], set()),
    ("tags and names add up", [grant(OPEN, "SELECT"), grant(columns("email"), "SELECT")], EVERYTHING),
    ("DESCRIBE by tags reads nothing", [grant(OPEN, "DESCRIBE")], set()),
    ("Super by tags on some columns", [grant(OPEN, "ALL")], {"account", "amount"}),
    ("everybody", [grant({"Table": NAMED}, "ALL", to=EVERYBODY)], EVERYTHING),
    ("everybody in the account", [grant({"Table": NAMED}, "SELECT", to=f"{ACCOUNT}:IAMPrincipals")], EVERYTHING),
    ("everybody in another account", [grant({"Table": NAMED}, "SELECT", to="210987654321:IAMPrincipals")], set()),
    ("only grantable", [grant({"Table": NAMED}, grantable=["SELECT"])], set()),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "grants", "readable"), RULES, ids=[rule[0] for rule in RULES])
def test_which_columns_can_be_read(rule, grants, readable):
    access = governance(*grants).on_table(ANALYST, ORDERS)
    assert access.readable == readable
    assert access.filters is None or not readable
    assert access.is_whole(ORDERS.columns) == (readable == set(ORDERS.columns))


def test_a_table_has_its_databases_tags_until_it_has_its_own():
    tags = {**DATABASE_TAGS, ("curated", "orders"): {"sensitivity": "public"}}
    granted = grant(OPEN, "SELECT")
    assert governance(granted, tags=DATABASE_TAGS).on_table(ANALYST, ORDERS).readable == set()
    assert governance(granted, tags=tags).on_table(ANALYST, ORDERS).readable == set(ORDERS.columns)


@pytest.mark.parametrize(
    ("grants", "permissions", "described"),
    [
        ([], set(), ()),
        ([grant({"Table": NAMED}, "DESCRIBE")], {"DESCRIBE"}, ORDERS.columns),
        ([grant({"Table": NAMED}, "ALTER")], {"ALTER"}, ORDERS.columns),
        ([grant(columns("amount"), "SELECT")], {"SELECT"}, ("amount",)),
        ([grant(OPEN, "SELECT", "DESCRIBE")], {"SELECT", "DESCRIBE"}, ("account", "amount")),
        ([grant(OPEN, "DESCRIBE")], {"DESCRIBE"}, ("account", "amount")),
        ([grant(OPEN, "ALTER", "DROP", "INSERT", "DELETE")], {"DESCRIBE"}, ("account", "amount")),
        ([grant(OPEN, "ALL")], {"SELECT", "DESCRIBE"}, ("account", "amount")),
        ([grant(expression(domain=["sales"]), "ALTER")], {"ALTER"}, ORDERS.columns),
        ([grant({"Database": {"Name": "curated"}}, "ALL")], set(), ()),
    ],
)
def test_what_the_catalogue_shows(grants, permissions, described):
    access = governance(*grants).on_table(ANALYST, ORDERS)
    assert (access.permissions, access.described) == (permissions, described)
    assert access.visible == bool(permissions)


class TestFilters:
    MINE = cells("mine", "account = 'a'")
    THEIRS = cells("theirs", "account = 'b'", ColumnNames=["account", "amount"])

    def access(self, *grants, filters=(MINE, THEIRS)):
        return governance(*grants, filters=filters).on_table(ANALYST, ORDERS)

    def test_rows_and_columns_of_a_filter(self):
        access = self.access(grant(filtered("theirs"), "SELECT"))
        assert access.readable == {"account", "amount"}
        assert access.filters == ("account = 'b'",)
        assert access.described == ("account", "amount")
        assert not access.is_whole(["account"])

    def test_excluded_columns(self):
        filters = [cells("open", None, ColumnWildcard={"ExcludedColumnNames": ["email"]})]
        access = self.access(grant(filtered("open"), "SELECT"), filters=filters)
        assert access.readable == {"account", "amount"}
        assert access.filters is None
        assert access.is_whole(["account", "amount"])

    def test_the_rows_of_several_filters_add_up_and_each_opens_its_own_columns(self):
        access = self.access(grant(filtered("mine"), "SELECT"), grant(filtered("theirs"), "SELECT"))
        assert access.filters == ("account = 'a'", "account = 'b'")
        assert access.filters_of("email") == ("account = 'a'",)
        assert access.filters_of("amount") == ("account = 'a'", "account = 'b'")

    def test_a_grant_without_a_filter_opens_its_columns_in_all_rows(self):
        access = self.access(grant(filtered("mine"), "SELECT"), grant(columns("amount"), "SELECT"))
        assert access.filters is None
        assert access.filters_of("amount") is None
        assert access.filters_of("email") == ("account = 'a'",)

    def test_a_filter_restricts_nothing_beside_a_grant_by_tags(self):
        access = self.access(grant(filtered("mine"), "SELECT"), grant(OPEN, "SELECT"))
        assert access.filters_of("account") is None

    @pytest.mark.parametrize("filters", [(), (cells("mine", ""),)])
    def test_a_filter_that_is_gone_or_empty_opens_nothing(self, filters):
        gone = [{**one, "RowFilter": {}} for one in filters]
        access = self.access(grant(filtered("mine"), "SELECT"), filters=gone)
        assert not access.visible
        assert access.readable == set()

    def test_a_filter_of_another_table_opens_nothing(self):
        access = governance(grant(filtered("mine"), "SELECT"), filters=[self.MINE]).on_table(
            ANALYST, ORDERS._replace(name="sales")
        )
        assert not access.visible


@pytest.mark.parametrize(
    ("locations", "readable"),
    [
        ([], {"amount"}),
        (["arn:aws:s3:::lake"], set()),
        (["arn:aws:s3:::lake/curated/"], set()),
        (["arn:aws:s3:::lake/curated/orders"], set()),
        (["arn:aws:s3:::lake/cur"], {"amount"}),
        (["arn:aws:s3:::lak"], {"amount"}),
    ],
)
def test_lake_formation_governs_data_at_registered_locations_only(locations, readable):
    found = governance(grant(columns("amount"), "SELECT"), grant(columns("amount"), "SELECT"), locations=locations)
    described = governance(grant(OPEN, "DESCRIBE"), locations=locations).on_table(ANALYST, ORDERS)
    assert found.on_table(ANALYST, ORDERS).readable == {"amount"}
    assert described.readable == (readable and {"account", "amount"})


def test_administrators_see_everything_and_read_nothing():
    found = governance(admins=[ANALYST])
    access = found.on_table(ANALYST, ORDERS)
    assert (access.visible, access.described, access.readable) == (True, ORDERS.columns, frozenset())
    assert found.on_database(ANALYST, "curated") == {"DESCRIBE"}
    assert found.may_create_databases(ANALYST)
    assert not found.may_create_databases(OTHER)


@pytest.mark.parametrize(
    ("grants", "permissions"),
    [
        ([], set()),
        ([grant({"Database": {"Name": "curated"}}, "CREATE_TABLE")], {"CREATE_TABLE"}),
        ([grant({"Database": {"Name": "raw"}}, "DESCRIBE")], set()),
        ([grant({"Database": {"Name": "curated"}}, "ALL")], {"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"}),
        ([grant({"Table": ALL_TABLES}, "SELECT")], {"DESCRIBE"}),
        ([grant({"Table": NAMED}, "SELECT")], set()),
        ([grant(OPEN, "SELECT")], set()),
        ([grant(expression("DATABASE", domain=["sales"]), "DESCRIBE")], {"DESCRIBE"}),
        ([grant(expression("DATABASE", domain=["people"]), "DESCRIBE")], set()),
    ],
)
def test_permissions_on_a_database(grants, permissions):
    assert governance(*grants).on_database(ANALYST, "curated") == permissions


@pytest.mark.parametrize(
    ("grants", "told"),
    [
        ([], False),
        ([grant({"Table": ALL_TABLES}, "SELECT")], True),
        ([grant({"Table": NAMED}, "SELECT")], False),
        ([grant(OPEN, "SELECT")], False),
        ([grant({"Database": {"Name": "curated"}}, "ALL")], False),
        ([grant({"Database": {"Name": "curated"}}, "ALL", to=EVERYBODY)], True),
        ([grant({"Database": {"Name": "raw"}}, "ALL", to=EVERYBODY)], False),
    ],
)
def test_who_is_told_that_a_table_is_missing(grants, told):
    assert governance(*grants).on_missing_table(ANALYST, "curated", "sales") == told


@pytest.mark.parametrize(
    ("grants", "location", "allowed"),
    [
        ([], "s3://lake/elsewhere/", False),
        ([], "s3://unregistered/", True),
        ([grant({"Database": {"Name": "curated"}}, "CREATE_TABLE")], "s3://lake/curated/orders", True),
        ([grant({"Database": {"Name": "curated"}}, "DESCRIBE")], "s3://lake/curated/orders", False),
        ([grant({"Database": {"Name": "curated"}}, "CREATE_TABLE")], "s3://lake/elsewhere/", False),
        ([at("arn:aws:s3:::lake")], "s3://lake/x", True),
        ([at("arn:aws:s3:::lake/y")], "s3://lake/x", False),
    ],
)  # fmt: skip
def test_where_a_table_may_be_put(grants, location, allowed):
    found = governance(*grants)
    assert found.may_use_location(ANALYST, location, "curated", "s3://lake/curated/") == allowed


@pytest.mark.parametrize(
    ("values", "allowed"), [(["public"], True), (["public", "internal"], True), (["personal"], False)]
)
def test_who_may_put_a_tag_on_resources(values, allowed):
    on = {"LFTag": {"TagKey": "sensitivity", "TagValues": ["public", "internal"]}}
    found = governance(grant(on, "ASSOCIATE", "DESCRIBE"), grant(on, "DESCRIBE", to=OTHER), admins=["admin"])
    assert found.may_associate(ANALYST, "sensitivity", values) == allowed
    assert not found.may_associate(ANALYST, "domain", values)
    assert not found.may_associate(OTHER, "sensitivity", values)
    assert found.may_associate("admin", "sensitivity", values)


@pytest.mark.parametrize(
    ("held", "asked", "grantable"),
    [
        ({"Table": NAMED}, {"Table": NAMED}, {"SELECT"}),
        ({"Table": ALL_TABLES}, {"Table": NAMED}, {"SELECT"}),
        ({"Table": NAMED}, {"Table": ALL_TABLES}, set()),
        ({"Table": NAMED}, columns("amount"), {"SELECT"}),
        ({"Table": NAMED}, filtered("mine"), {"SELECT"}),
        (columns("amount", "account"), columns("amount"), {"SELECT"}),
        (columns("amount"), columns("amount", "email"), set()),
        (columns("amount"), {"Table": NAMED}, set()),
        ({"Database": {"Name": "curated"}}, {"Table": NAMED}, set()),
        (OPEN, expression(sensitivity=["internal", "public"]), {"SELECT"}),
        (OPEN, expression(sensitivity=["internal"]), set()),
    ],
)
def test_what_can_be_granted_on(held, asked, grantable):
    assert governance(grant(held, grantable=["SELECT"])).grantable(ANALYST, asked) == grantable
    assert governance(grant(held, "SELECT")).grantable(ANALYST, asked) == set()
