"""AWS Lake Formation: a role sees and changes what it is granted, through Glue, Athena and Lake Formation itself."""

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ADMITTED_BY_IAM = ["athena:*", "glue:*", "lakeformation:*"]


class Person:
    """A session of a role of its own; IAM lets it do everything in the catalogue, and read no table's objects."""

    def __init__(self, lab, until, name, bucket):
        statements = [
            {"Effect": "Allow", "Action": ADMITTED_BY_IAM, "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:PutObject", "s3:GetObject"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            },
        ]
        self.arn, self._lab, self._until, self._bucket = lab.role(name, statements), lab, until, bucket
        given = lab.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="person")["Credentials"]
        self._session = boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=lab.endpoints.region
        )

    def client(self, service):
        endpoint = self._lab.endpoints.lakeformation if service == "lakeformation" else self._lab.endpoints.aws
        return self._session.client(service, endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}))

    def query(self, sql, database):
        """Header and rows of a query, or why it failed."""
        athena = self.client("athena")
        identity = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": f"s3://{self._bucket}/results/"},
        )["QueryExecutionId"]
        status = self._until(
            lambda: athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"],
            lambda found: found["State"] in ("SUCCEEDED", "FAILED"),
        )
        if status["State"] == "FAILED":
            return status["StateChangeReason"]
        rows = athena.get_query_results(QueryExecutionId=identity)["ResultSet"]["Rows"]
        return [[datum.get("VarCharValue") for datum in row["Data"]] for row in rows]


class Governed:
    """A database with the table `sales` of the Athena tests, which Lake Formation governs, and people."""

    def __init__(self, lab, until, tables, jobs, unique):
        self.lab, self._until, self._unique, self.bucket = lab, until, unique, lab.bucket()
        self.glue, self.formation = lab.client("glue"), lab.client("lakeformation")
        self.database, self.everyday = f"governed_{unique()}", tables.database
        self.location = f"arn:aws:s3:::{jobs.bucket}/warehouse"
        self.formation.register_resource(ResourceArn=self.location, RoleArn=lab_role())
        self.glue.create_database(DatabaseInput={"Name": self.database, "CreateTableDefaultPermissions": []})
        self.revoke_everybody({"Database": {"Name": self.database}})
        self.entry = self.glue.get_table(DatabaseName=tables.database, Name="sales")["Table"]
        self.create_table("sales")

    def input(self, name, **changes):
        kept = ("StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
        return {"Name": name, **{part: self.entry[part] for part in kept if part in self.entry}, **changes}

    def create_table(self, name, client=None, **changes):
        client = client or self.glue
        client.create_table(DatabaseName=self.database, TableInput=self.input(name, **changes))

    def revoke_everybody(self, resource):
        everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
        self.formation.revoke_permissions(Principal=everybody, Resource=resource, Permissions=["ALL"])

    def person(self):
        return Person(self.lab, self._until, self._unique(), self.bucket)

    def grant(self, person, resource, *permissions, **options):
        principal = {"DataLakePrincipalIdentifier": person.arn}
        self.formation.grant_permissions(
            Principal=principal, Resource=resource, Permissions=list(permissions), **options
        )

    def revoke(self, person, resource, *permissions):
        principal = {"DataLakePrincipalIdentifier": person.arn}
        self.formation.revoke_permissions(Principal=principal, Resource=resource, Permissions=list(permissions))

    def reader(self, *grants):
        """Somebody who sees the database and has these grants (resource, permission, ...)."""
        person = self.person()
        self.grant(person, {"Database": {"Name": self.database}}, "DESCRIBE")
        for resource, *permissions in grants:
            self.grant(person, resource, *permissions)
        return person

    def table(self, name="sales"):
        return {"Table": {"DatabaseName": self.database, "Name": name}}

    def columns(self, *names):
        return {"TableWithColumns": {"DatabaseName": self.database, "Name": "sales", "ColumnNames": list(names)}}

    def cells(self, rows, **which):
        """A new data cells filter, as a resource of grants."""
        key = {
            "TableCatalogId": ACCOUNT,
            "DatabaseName": self.database,
            "TableName": "sales",
            "Name": self._unique(),
        }
        row_filter = {"RowFilter": {"FilterExpression": rows}, **(which or {"ColumnWildcard": {}})}
        self.formation.create_data_cells_filter(TableData={**key, **row_filter})
        return {"DataCellsFilter": key}


def lab_role():
    return f"arn:aws:iam::{ACCOUNT}:role/conformance"


@pytest.fixture(scope="module")
def governed(lab, until, tables, jobs, unique):
    made = Governed(lab, until, tables, jobs, unique)
    yield made
    made.glue.delete_database(Name=made.database)
    made.formation.deregister_resource(ResourceArn=made.location)


def refusal(call, **members):
    with pytest.raises(ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


UNITS = "SELECT sum(units) FROM sales"


class TestQueries:
    pytestmark = pytest.mark.patch("queries_see_what_is_granted")

    def test_a_star_is_the_granted_columns(self, governed):
        reader = governed.reader((governed.columns("asin", "units"), "SELECT"))
        header, *rows = reader.query("SELECT * FROM sales ORDER BY units", governed.database)
        assert header == ["asin", "units"]
        assert len(rows) == 6
        assert reader.query("SELECT s.* FROM (SELECT * FROM sales) s LIMIT 1", governed.database)[0] == header

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT share FROM sales",
            "SELECT s.share FROM sales s",
            "SELECT units FROM sales WHERE share > 0",
            "SELECT units FROM sales ORDER BY share",
            "WITH a AS (SELECT * FROM sales) SELECT share FROM a",
            "SELECT (SELECT max(share) FROM sales)",
            "SELECT units FROM sales WHERE EXISTS (SELECT share FROM sales)",
            "SELECT a.units FROM sales a JOIN sales b ON a.share = b.share",
            "SELECT count(share) FROM sales",
            "SELECT 1 UNION SELECT share FROM sales",
            "WITH sales AS (SELECT share FROM sales) SELECT * FROM sales",
        ],
    )
    def test_other_columns_do_not_exist(self, governed, sql):
        reader = governed.reader((governed.columns("asin", "units"), "SELECT"))
        failure = reader.query(sql, governed.database)
        assert failure.startswith("COLUMN_NOT_FOUND"), failure
        assert "cannot be resolved or requester is not authorized to access requested resources" in failure

    def test_earlier_snapshots_show_the_granted_columns_under_their_names_then(self, governed):
        find = 'SELECT snapshot_id FROM "sales$snapshots" ORDER BY committed_at LIMIT 1'
        everything = governed.reader((governed.table(), "SELECT"))
        first = everything.query(find, governed.database)[1][0]
        then = f"SELECT * FROM sales FOR VERSION AS OF {first}"
        assert "ratio" in everything.query(then, governed.database)[0]
        reader = governed.reader((governed.columns("asin", "share"), "SELECT"))
        assert reader.query(then, governed.database)[0] == ["asin", "ratio"]
        assert governed.reader((governed.columns("asin"), "SELECT")).query(then, governed.database)[0] == ["asin"]

    @pytest.mark.parametrize("metadata", ["files", "partitions", "snapshots", "history", "manifests", "refs"])
    def test_metadata_tables_are_for_who_reads_everything(self, governed, metadata):
        sql = f'SELECT * FROM "sales${metadata}"'
        reader = governed.reader((governed.columns("asin", "units"), "SELECT"))
        assert "Required Select on sales" in reader.query(sql, governed.database)
        filtered = governed.reader((governed.cells("units = 1"), "SELECT"))
        assert "Required Select on sales" in filtered.query(sql, governed.database)
        assert len(governed.reader((governed.table(), "SELECT")).query(sql, governed.database)) > 1

    def test_a_revoked_grant_closes(self, governed):
        reader = governed.reader((governed.columns("asin", "units"), "SELECT"))
        assert reader.query(UNITS, governed.database)[1] == ["115"]
        governed.revoke(reader, governed.columns("units", "asin"), "SELECT")
        assert "Required Describe on sales" in reader.query(UNITS, governed.database)

    def test_describe_reads_nothing(self, governed):
        reader = governed.reader((governed.table(), "DESCRIBE"))
        for sql in ("SELECT * FROM sales", "SELECT count(*) FROM sales"):
            assert "Relation contains no accessible columns" in reader.query(sql, governed.database)

    def test_the_database_must_be_shown_too(self, governed):
        person = governed.person()
        governed.grant(person, governed.table(), "SELECT")
        assert f"Required Describe on {governed.database}" in person.query(UNITS, governed.database)
        assert f"Required Describe on {governed.database}" in governed.person().query(UNITS, governed.database)

    def test_tags_open_columns_and_close_them_again(self, governed, unique):
        key = unique()
        governed.formation.create_lf_tag(TagKey=key, TagValues=["public", "personal"])

        def tag(resource, value):
            tags = [{"TagKey": key, "TagValues": [value]}]
            assert not governed.formation.add_lf_tags_to_resource(Resource=resource, LFTags=tags)["Failures"]

        tag({"Database": {"Name": governed.database}}, "personal")
        expression = [{"TagKey": key, "TagValues": ["public"]}]
        policy = {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": expression}}
        reader = governed.reader((policy, "SELECT", "DESCRIBE"))
        assert "Required Describe on sales" in reader.query("SELECT * FROM sales", governed.database)
        tag(governed.columns("asin", "day"), "public")
        assert reader.query("SELECT * FROM sales", governed.database)[0] == ["day", "asin"]
        tag(governed.columns("day"), "personal")
        assert reader.query("SELECT * FROM sales", governed.database)[0] == ["asin"]

    def test_a_filter_limits_rows(self, governed):
        reader = governed.reader((governed.cells("asin = 'ASIN1'"), "SELECT"))
        for sql in (
            "SELECT DISTINCT asin FROM sales",
            "SELECT DISTINCT asin FROM sales WHERE asin <> 'none' OR true",
            "WITH a AS (SELECT * FROM sales) SELECT DISTINCT asin FROM a",
        ):
            assert reader.query(sql, governed.database)[1:] == [["ASIN1"]]
        # A condition that fails on hidden rows (units = 1 is one of them) tells nothing of them.
        assert len(reader.query("SELECT 1 / (units - 3) FROM sales", governed.database)) > 1

    def test_filters_add_up_and_open_their_own_columns(self, governed):
        reader = governed.reader(
            (governed.cells("asin = 'ASIN1'", ColumnNames=["asin", "units"]), "SELECT"),
            (governed.cells("asin = 'ASIN2'", ColumnWildcard={"ExcludedColumnNames": ["units"]}), "SELECT"),
        )
        rows = reader.query("SELECT asin, count(units) FROM sales GROUP BY 1 ORDER BY 1", governed.database)[1:]
        assert rows == [["ASIN1", "2"], ["ASIN2", "0"]]

    def test_a_filter_that_is_no_condition_opens_nothing(self, governed):
        reader = governed.reader((governed.cells("asin IN (SELECT asin FROM sales)"), "SELECT"))
        assert "INVALID_ROW_FILTER" in reader.query("SELECT * FROM sales", governed.database)

    def test_a_table_does_not_open_the_files_of_another(self, governed, jobs, unique):
        name, storage = unique(), {**governed.entry["StorageDescriptor"], "Location": f"s3://{jobs.bucket}/warehouse/x"}
        governed.create_table(name, StorageDescriptor=storage)
        reader = governed.reader((governed.table(name), "SELECT"))
        assert "is not at the table's location" in reader.query(f'SELECT * FROM "{name}"', governed.database)

    def test_what_the_catalogue_says_in_sql(self, governed, tables):
        governed.create_table("hidden")
        reader = governed.reader((governed.columns("asin", "units"), "SELECT"))
        database = governed.database
        assert reader.query("SHOW TABLES", database) == [["sales"]]
        assert reader.query("SHOW COLUMNS IN sales", database) == [["asin"], ["units"]]
        assert [line[0].split()[0] for line in reader.query("DESCRIBE sales", database)] == ["asin", "units"]
        assert "Required Describe on hidden" in reader.query("DESCRIBE hidden", database)
        assert "Required Describe on nowhere" in reader.query("SELECT * FROM nowhere", database)
        listed = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
        assert reader.query(f"{listed}'{database}' ORDER BY ordinal_position", database)[1:] == [
            ["sales", "asin"],
            ["sales", "units"],
        ]
        names = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{database}'"
        assert reader.query(names, database)[1:] == [["sales"]]
        stranger = governed.person()
        assert [database] not in stranger.query("SHOW DATABASES", database)
        assert [tables.database] in stranger.query("SHOW DATABASES", database)
        assert stranger.query(names, database)[1:] == []

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT * FROM sales, LATERAL read_parquet('{file}')",
            "SELECT * FROM sales CROSS JOIN read_parquet('{file}')",
            'SELECT * FROM "{file}"',
            'SELECT * FROM "{file}" WHERE EXISTS (WITH "{file}" AS (SELECT 1) SELECT 1)',
            'SELECT * FROM whole."{database}.sales"',
            "SELECT * FROM duckdb_views()",
        ],
    )
    def test_no_way_leads_round(self, governed, lab, sql):
        reader = governed.reader((governed.columns("asin"), "SELECT"))
        assert reader.query("SELECT * FROM sales", governed.database)[0] == ["asin"]
        file = next((lab.state_dir / "athena").rglob("*.parquet"))
        try:
            failure = reader.query(sql.format(file=file, database=governed.database), governed.database)
        except ClientError as error:
            failure = error.response["Error"]["Message"]
        assert isinstance(failure, str), failure

    def test_the_root_of_the_account_is_exempt(self, governed, until):
        sql = {"QueryString": "SELECT * FROM sales", "QueryExecutionContext": {"Database": governed.database}}
        athena, place = governed.lab.client("athena"), {"OutputLocation": f"s3://{governed.bucket}/results/"}
        identity = athena.start_query_execution(**sql, ResultConfiguration=place)["QueryExecutionId"]
        ended = until(
            lambda: athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"],
            lambda state: state in ("SUCCEEDED", "FAILED"),
        )
        assert ended == "SUCCEEDED"

    def test_iam_decides_where_a_location_is_not_registered(self, governed, tables):
        reader = governed.person()  # everybody whom IAM lets pass sees that database
        assert reader.query(UNITS, tables.database)[1] == ["115"]
        governed.formation.deregister_resource(ResourceArn=governed.location)
        try:
            assert "s3:GetObject" in reader.query(UNITS, tables.database)
        finally:
            governed.formation.register_resource(ResourceArn=governed.location, RoleArn=lab_role())


class TestCatalogue:
    pytestmark = pytest.mark.patch("catalogue_shows_what_is_granted")

    def test_glue_shows_what_is_granted(self, governed):
        reader, stranger = governed.reader((governed.columns("asin", "units"), "SELECT")), governed.person()
        glue, named = reader.client("glue"), {"DatabaseName": governed.database, "Name": "sales"}
        found = glue.get_table(**named)["Table"]
        assert [column["Name"] for column in found["StorageDescriptor"]["Columns"]] == ["asin", "units"]
        assert found["IsRegisteredWithLakeFormation"]
        tables = glue.get_tables(DatabaseName=governed.database)["TableList"]
        assert [one["Name"] for one in tables] == ["sales"]
        assert governed.database in [one["Name"] for one in glue.get_databases()["DatabaseList"]]
        assert governed.database not in [one["Name"] for one in stranger.client("glue").get_databases()["DatabaseList"]]
        denied = refusal(stranger.client("glue").get_table, **named)
        assert denied == (
            "AccessDeniedException",
            "Insufficient Lake Formation permission(s): Required Describe on sales",
        )
        assert "Required Describe" in refusal(stranger.client("glue").get_database, Name=governed.database)[1]
        missing = {"DatabaseName": governed.database, "Name": "missing"}
        assert refusal(glue.get_table, **missing)[0] == "AccessDeniedException"
        everything = governed.reader(({"Table": {"DatabaseName": governed.database, "TableWildcard": {}}}, "DESCRIBE"))
        assert refusal(everything.client("glue").get_table, **missing)[0] == "EntityNotFoundException"

    def test_athenas_own_calls_show_the_same(self, governed):
        reader, stranger = governed.reader((governed.columns("asin", "units"), "SELECT")), governed.person()
        named = {"CatalogName": "AwsDataCatalog", "DatabaseName": governed.database}
        athena = reader.client("athena")
        found = athena.get_table_metadata(**named, TableName="sales")["TableMetadata"]
        assert [column["Name"] for column in found["Columns"]] == ["asin", "units"]
        listed = athena.list_table_metadata(**named)["TableMetadataList"]
        assert [(one["Name"], len(one["Columns"])) for one in listed] == [("sales", 2)]
        assert athena.get_database(**named)["Database"]["Name"] == governed.database
        others = stranger.client("athena")
        shown = [one["Name"] for one in others.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]]
        assert governed.database not in shown
        for call, more in (
            (others.get_database, {}),
            (others.list_table_metadata, {}),
            (others.get_table_metadata, {"TableName": "sales"}),
        ):
            assert refusal(call, **named, **more)[0] == "MetadataException"

    def test_changes_need_their_permission(self, governed):
        person = governed.reader((governed.table(), "SELECT"))
        glue, sales = person.client("glue"), {"DatabaseName": governed.database, "Name": "sales"}
        create = {"DatabaseName": governed.database, "TableInput": governed.input("made")}
        assert "Required Create Table on" in refusal(glue.create_table, **create)[1]
        assert "Required Drop on sales" in refusal(glue.delete_table, **sales)[1]
        update = {"DatabaseName": governed.database, "TableInput": governed.input("sales")}
        assert "Required Alter on sales" in refusal(glue.update_table, **update)[1]
        governed.grant(person, governed.table(), "ALTER")
        glue.update_table(**update)
        governed.grant(person, {"Database": {"Name": governed.database}}, "CREATE_TABLE")
        assert "Required Data Location Access" in refusal(glue.create_table, **create)[1]


@pytest.mark.patch("creators_have_what_they_make")
def test_creators_have_what_they_make_and_nobody_inherits_it(governed, unique):
    maker, name = governed.reader(), unique()
    governed.grant(maker, {"Database": {"Name": governed.database}}, "CREATE_TABLE")
    governed.grant(maker, {"DataLocation": {"ResourceArn": governed.location}}, "DATA_LOCATION_ACCESS")
    governed.create_table(name, maker.client("glue"))
    held = governed.formation.list_permissions(Resource=governed.table(name))["PrincipalResourcePermissions"]
    assert [(one["Principal"], one["PermissionsWithGrantOption"]) for one in held] == [
        ({"DataLakePrincipalIdentifier": maker.arn}, ["ALL"])
    ]
    assert maker.query(f'SELECT count(*) FROM "{name}"', governed.database)[1] == ["6"]
    maker.client("glue").delete_table(DatabaseName=governed.database, Name=name)
    governed.create_table(name)
    assert governed.formation.list_permissions(Resource=governed.table(name))["PrincipalResourcePermissions"] == []
    assert "Required Describe" in maker.query(f'SELECT count(*) FROM "{name}"', governed.database)


@pytest.mark.patch("creators_have_what_they_make")
def test_new_databases_and_tables_have_the_default_permissions(lab, unique):
    glue, formation, name = lab.client("glue"), lab.client("lakeformation"), unique()
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t"})
    for resource in ({"Database": {"Name": name}}, {"Table": {"DatabaseName": name, "Name": "t"}}):
        (held,) = formation.list_permissions(Resource=resource)["PrincipalResourcePermissions"]
        assert held["Principal"] == {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    glue.delete_database(Name=name)


@pytest.mark.patch("permissions_are_given_by_who_may")
class TestAdministration:
    def test_who_has_nothing_to_pass_on_grants_nothing(self, governed):
        person = governed.reader((governed.table(), "SELECT"))
        formation, me = person.client("lakeformation"), {"DataLakePrincipalIdentifier": person.arn}
        for resource in (governed.table(), governed.columns("asin"), {"Database": {"Name": governed.database}}):
            asked = {"Principal": me, "Resource": resource, "Permissions": ["ALL"]}
            for call in (formation.grant_permissions, formation.revoke_permissions):
                denied, message = refusal(call, **asked)
                assert denied == "AccessDeniedException"
                assert "with grant option on" in message
        data = {"TableCatalogId": ACCOUNT, "DatabaseName": governed.database, "TableName": "sales", "Name": "all"}
        filter_ = {**data, "RowFilter": {"AllRowsWildcard": {}}, "ColumnWildcard": {}}
        assert refusal(formation.create_data_cells_filter, TableData=filter_)[0] == "AccessDeniedException"

    def test_the_grant_option_passes_on_what_it_is_on(self, governed):
        giver, taker = governed.reader(), governed.reader()
        governed.grant(giver, governed.table(), "SELECT", PermissionsWithGrantOption=["SELECT"])
        formation = giver.client("lakeformation")
        asked = {"Principal": {"DataLakePrincipalIdentifier": taker.arn}, "Resource": governed.columns("asin")}
        formation.grant_permissions(**asked, Permissions=["SELECT"])
        assert taker.query("SELECT * FROM sales", governed.database)[0] == ["asin"]
        assert refusal(formation.grant_permissions, **{**asked, "Resource": governed.table()}, Permissions=["DROP"])

    def test_tags_need_associate_and_the_whole_table(self, governed, unique):
        key, maker, name = unique(), governed.reader(), unique()
        governed.formation.create_lf_tag(TagKey=key, TagValues=["public", "personal"])
        governed.grant(maker, {"Database": {"Name": governed.database}}, "CREATE_TABLE")
        governed.grant(maker, {"DataLocation": {"ResourceArn": governed.location}}, "DATA_LOCATION_ACCESS")
        governed.create_table(name, maker.client("glue"))
        column = {"DatabaseName": governed.database, "Name": name, "ColumnNames": ["asin"]}
        tag = {"Resource": {"TableWithColumns": column}, "LFTags": [{"TagKey": key, "TagValues": ["public"]}]}
        formation = maker.client("lakeformation")
        assert "Required Associate on" in refusal(formation.add_lf_tags_to_resource, **tag)[1]
        governed.grant(maker, {"LFTag": {"TagKey": key, "TagValues": ["public"]}}, "ASSOCIATE")
        assert formation.add_lf_tags_to_resource(**tag)["Failures"] == []
        elsewhere = {**tag, "Resource": governed.columns("asin")}
        assert "with grant option on sales" in refusal(formation.add_lf_tags_to_resource, **elsewhere)[1]
        assert "Create LF-Tag" in refusal(formation.create_lf_tag, TagKey=unique(), TagValues=["a"])[1]
        assert "Required Drop" in refusal(formation.delete_lf_tag, TagKey=key)[1]

    def test_an_administrator_grants_and_reads_nothing(self, governed):
        admin = governed.person()
        settings = governed.formation.get_data_lake_settings()["DataLakeSettings"]
        admins = [{"DataLakePrincipalIdentifier": admin.arn}]
        governed.formation.put_data_lake_settings(DataLakeSettings={**settings, "DataLakeAdmins": admins})
        try:
            assert "no accessible columns" in admin.query("SELECT * FROM sales", governed.database)
            admin.client("lakeformation").grant_permissions(
                Principal=admins[0], Resource=governed.columns("asin"), Permissions=["SELECT"]
            )
            assert admin.query("SELECT * FROM sales", governed.database)[0] == ["asin"]
        finally:
            governed.formation.put_data_lake_settings(DataLakeSettings=settings)


def test_only_the_emulator_asks_what_lake_formation_stores(lab):
    scope = "ASIASOMEBODYELSE/20260101/eu-west-1/lakeformation/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    for path in ("state", "created", "deleted"):
        url = f"{lab.endpoints.lakeformation}/_governance/{path}"
        assert requests.post(url, json={}, headers=headers, timeout=10).status_code == 403
