"""Every operation that is judged: an SDK's request is read, and asks IAM for the right action on the right resource."""

from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.config import Config
from ministack.services import athena

from local_cloud.emulator.athena.statements import UnknownStatementError
from local_cloud.emulator.permissions.needs import NEEDS, Need, state_machine_of_token
from local_cloud.emulator.permissions.requests import Request, UnreadableRequestError, read

ACCOUNT, REGION = "123456789012", "eu-west-1"
OBJECT = {"Bucket": "raw", "Key": "raw/a b/c.gz"}
OBJECT_ARN, BUCKET_ARN = "arn:aws:s3:::raw/raw/a b/c.gz", "arn:aws:s3:::raw"
TABLE, TABLE_ARN = {"TableName": "ledger"}, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger"
KEY = {"pk": {"S": "a"}}
QUEUE, QUEUE_ARN = {"QueueUrl": "http://127.0.0.1:1/123456789012/jobs"}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:report"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:report:one"
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
CATALOGUE = [f"{GLUE}:catalog", f"{GLUE}:database/curated"]
TABLE_OF_CATALOGUE = [*CATALOGUE, f"{GLUE}:table/curated/orders"]
JOB_ARN = f"{GLUE}:job/curate"
ATHENA = f"arn:aws:athena:{REGION}:{ACCOUNT}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
STREAM = {"logGroupName": "/aws/lambda/f", "logStreamName": "s"}
STREAM_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/f:log-stream:s"
SECRET_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:p/token-??????"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
NAMED_TABLE = {"DatabaseName": "curated", "Name": "orders"}
GRANT = {"Principal": {"DataLakePrincipalIdentifier": "arn"}, "Resource": {}, "Permissions": ["SELECT"]}
CELLS = {"TableCatalogId": ACCOUNT, "DatabaseName": "curated", "TableName": "orders", "Name": "mine"}
CASES = {
    "s3.GetObject": (OBJECT, "s3:GetObject", OBJECT_ARN),
    "s3.HeadObject": (OBJECT, "s3:GetObject", OBJECT_ARN),
    "s3.PutObject": ({**OBJECT, "Body": b"{}"}, "s3:PutObject", OBJECT_ARN),
    "s3.CreateMultipartUpload": (OBJECT, "s3:PutObject", OBJECT_ARN),
    "s3.UploadPart": ({**OBJECT, "PartNumber": 1, "UploadId": "u", "Body": b"x"}, "s3:PutObject", OBJECT_ARN),
    "s3.CompleteMultipartUpload": ({**OBJECT, "UploadId": "u"}, "s3:PutObject", OBJECT_ARN),
    "s3.AbortMultipartUpload": ({**OBJECT, "UploadId": "u"}, "s3:AbortMultipartUpload", OBJECT_ARN),
    "s3.ListParts": ({**OBJECT, "UploadId": "u"}, "s3:ListMultipartUploadParts", OBJECT_ARN),
    "s3.DeleteObject": (OBJECT, "s3:DeleteObject", OBJECT_ARN),
    "s3.DeleteObjects": (
        {"Bucket": "raw", "Delete": {"Objects": [{"Key": "k"}]}},
        "s3:DeleteObject",
        f"{BUCKET_ARN}/k",
    ),
    "s3.ListObjects": ({"Bucket": "raw", "Prefix": "a/"}, "s3:ListBucket", BUCKET_ARN),
    "s3.ListObjectsV2": ({"Bucket": "raw", "Prefix": "a/"}, "s3:ListBucket", BUCKET_ARN),
    "s3.HeadBucket": ({"Bucket": "raw"}, "s3:ListBucket", BUCKET_ARN),
    "s3.GetBucketLocation": ({"Bucket": "raw"}, "s3:GetBucketLocation", BUCKET_ARN),
    "dynamodb.GetItem": ({**TABLE, "Key": KEY}, "dynamodb:GetItem", TABLE_ARN),
    "dynamodb.PutItem": ({**TABLE, "Item": KEY}, "dynamodb:PutItem", TABLE_ARN),
    "dynamodb.UpdateItem": ({**TABLE, "Key": KEY}, "dynamodb:UpdateItem", TABLE_ARN),
    "dynamodb.DeleteItem": ({**TABLE, "Key": KEY}, "dynamodb:DeleteItem", TABLE_ARN),
    "dynamodb.Query": ({**TABLE, "IndexName": "due"}, "dynamodb:Query", f"{TABLE_ARN}/index/due"),
    "dynamodb.Scan": (TABLE, "dynamodb:Scan", TABLE_ARN),
    "dynamodb.DescribeTable": (TABLE, "dynamodb:DescribeTable", TABLE_ARN),
    "dynamodb.TransactWriteItems": (
        {"TransactItems": [{"Put": {**TABLE, "Item": KEY}}]},
        "dynamodb:PutItem",
        TABLE_ARN,
    ),
    "dynamodb.TransactGetItems": ({"TransactItems": [{"Get": {**TABLE, "Key": KEY}}]}, "dynamodb:GetItem", TABLE_ARN),
    "sqs.SendMessage": ({**QUEUE, "MessageBody": "x"}, "sqs:SendMessage", QUEUE_ARN),
    "sqs.ReceiveMessage": (QUEUE, "sqs:ReceiveMessage", QUEUE_ARN),
    "sqs.DeleteMessage": ({**QUEUE, "ReceiptHandle": "r"}, "sqs:DeleteMessage", QUEUE_ARN),
    "sqs.ChangeMessageVisibility": (
        {**QUEUE, "ReceiptHandle": "r", "VisibilityTimeout": 1},
        "sqs:ChangeMessageVisibility",
        QUEUE_ARN,
    ),
    "sqs.GetQueueAttributes": (QUEUE, "sqs:GetQueueAttributes", QUEUE_ARN),
    "sqs.GetQueueUrl": ({"QueueName": "jobs"}, "sqs:GetQueueUrl", QUEUE_ARN),
    "sqs.SendMessageBatch": ({**QUEUE, "Entries": [{"Id": "1", "MessageBody": "x"}]}, "sqs:SendMessage", QUEUE_ARN),
    "sqs.DeleteMessageBatch": (
        {**QUEUE, "Entries": [{"Id": "1", "ReceiptHandle": "r"}]},
        "sqs:DeleteMessage",
        QUEUE_ARN,
    ),
    "ssm.GetParameter": ({"Name": "/p/a"}, "ssm:GetParameter", f"{PARAMETER}/p/a"),
    "ssm.GetParameters": ({"Names": ["/p/a"]}, "ssm:GetParameters", f"{PARAMETER}/p/a"),
    # The slash at the end carries the permission: a policy on /p/accounts/* does not admit "/p/accounts".
    "ssm.GetParametersByPath": ({"Path": "/p/accounts/"}, "ssm:GetParametersByPath", f"{PARAMETER}/p/accounts/"),
    "ssm.PutParameter": ({"Name": "/p/a", "Value": "x"}, "ssm:PutParameter", f"{PARAMETER}/p/a"),
    "ssm.DeleteParameter": ({"Name": "/p/a"}, "ssm:DeleteParameter", f"{PARAMETER}/p/a"),
    "secretsmanager.GetSecretValue": ({"SecretId": "p/token"}, "secretsmanager:GetSecretValue", SECRET_ARN),
    "secretsmanager.PutSecretValue": (
        {"SecretId": "p/token", "SecretString": "x"},
        "secretsmanager:PutSecretValue",
        SECRET_ARN,
    ),
    "secretsmanager.DescribeSecret": ({"SecretId": "p/token"}, "secretsmanager:DescribeSecret", SECRET_ARN),
    "lambda.Invoke": (
        {"FunctionName": "sweep", "Payload": b"{}"},
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:sweep",
    ),
    "stepfunctions.StartExecution": ({"stateMachineArn": MACHINE}, "states:StartExecution", MACHINE),
    "stepfunctions.DescribeExecution": ({"executionArn": EXECUTION}, "states:DescribeExecution", EXECUTION),
    "stepfunctions.ListExecutions": ({"stateMachineArn": MACHINE}, "states:ListExecutions", MACHINE),
    "stepfunctions.SendTaskSuccess": ({"taskToken": "token", "output": "{}"}, "states:SendTaskSuccess", MACHINE),
    "stepfunctions.SendTaskFailure": ({"taskToken": "token"}, "states:SendTaskFailure", MACHINE),
    "stepfunctions.SendTaskHeartbeat": ({"taskToken": "token"}, "states:SendTaskHeartbeat", MACHINE),
    "glue.StartJobRun": ({"JobName": "curate"}, "glue:StartJobRun", JOB_ARN),
    "glue.GetJobRun": ({"JobName": "curate", "RunId": "jr"}, "glue:GetJobRun", JOB_ARN),
    "glue.GetJobRuns": ({"JobName": "curate"}, "glue:GetJobRuns", JOB_ARN),
    "glue.BatchStopJobRun": ({"JobName": "curate", "JobRunIds": ["jr"]}, "glue:BatchStopJobRun", JOB_ARN),
    "glue.GetDatabase": ({"Name": "curated"}, "glue:GetDatabase", CATALOGUE),
    "glue.GetDatabases": ({}, "glue:GetDatabases", f"{GLUE}:catalog"),
    "glue.GetTables": ({"DatabaseName": "curated"}, "glue:GetTables", [*CATALOGUE, f"{GLUE}:table/curated/*"]),
    "glue.GetTable": (NAMED_TABLE, "glue:GetTable", TABLE_OF_CATALOGUE),
    "glue.CreateTable": (
        {"DatabaseName": "curated", "TableInput": {"Name": "orders"}},
        "glue:CreateTable",
        TABLE_OF_CATALOGUE,
    ),
    "glue.UpdateTable": (
        {"DatabaseName": "curated", "TableInput": {"Name": "orders"}},
        "glue:UpdateTable",
        TABLE_OF_CATALOGUE,
    ),
    "glue.DeleteTable": (NAMED_TABLE, "glue:DeleteTable", TABLE_OF_CATALOGUE),
    "glue.GetPartitions": (
        {"DatabaseName": "curated", "TableName": "orders"},
        "glue:GetPartitions",
        TABLE_OF_CATALOGUE,
    ),
    "glue.GetPartition": (
        {"DatabaseName": "curated", "TableName": "orders", "PartitionValues": ["1"]},
        "glue:GetPartition",
        TABLE_OF_CATALOGUE,
    ),
    "athena.StartQueryExecution": (
        {"QueryString": "SELECT 1", "WorkGroup": "lake"},
        "athena:StartQueryExecution",
        f"{ATHENA}:workgroup/lake",
    ),
    "athena.GetQueryExecution": ({"QueryExecutionId": "q"}, "athena:GetQueryExecution", f"{ATHENA}:workgroup/primary"),
    "athena.GetQueryResults": ({"QueryExecutionId": "q"}, "athena:GetQueryResults", f"{ATHENA}:workgroup/primary"),
    "athena.StopQueryExecution": (
        {"QueryExecutionId": "q"},
        "athena:StopQueryExecution",
        f"{ATHENA}:workgroup/primary",
    ),
    "athena.BatchGetQueryExecution": (
        {"QueryExecutionIds": ["q"]},
        "athena:BatchGetQueryExecution",
        f"{ATHENA}:workgroup/primary",
    ),
    "athena.GetWorkGroup": ({"WorkGroup": "lake"}, "athena:GetWorkGroup", f"{ATHENA}:workgroup/lake"),
    "athena.ListNamedQueries": ({"WorkGroup": "lake"}, "athena:ListNamedQueries", f"{ATHENA}:workgroup/lake"),
    "athena.ListQueryExecutions": ({"WorkGroup": "lake"}, "athena:ListQueryExecutions", f"{ATHENA}:workgroup/lake"),
    **{
        f"athena.{name}": (given, f"athena:{name}", f"{ATHENA}:datacatalog/AwsDataCatalog")
        for name, given in (
            ("GetDataCatalog", {"Name": "AwsDataCatalog"}),
            ("GetDatabase", {"CatalogName": "AwsDataCatalog", "DatabaseName": "curated"}),
            ("GetTableMetadata", {"CatalogName": "AwsDataCatalog", "DatabaseName": "curated", "TableName": "orders"}),
            ("ListDatabases", {"CatalogName": "AwsDataCatalog"}),
            ("ListTableMetadata", {"CatalogName": "AwsDataCatalog", "DatabaseName": "curated"}),
        )
    },
    "sns.Publish": ({"TopicArn": TOPIC, "Message": "x"}, "sns:Publish", TOPIC),
    "logs.CreateLogStream": (STREAM, "logs:CreateLogStream", STREAM_ARN),
    "logs.PutLogEvents": ({**STREAM, "logEvents": [{"timestamp": 1, "message": "x"}]}, "logs:PutLogEvents", STREAM_ARN),
    "sts.GetCallerIdentity": ({}, None, []),
    "lakeformation.AddLFTagsToResource": ({"Resource": {}, "LFTags": []}, "lakeformation:AddLFTagsToResource", "*"),
    "lakeformation.RemoveLFTagsFromResource": (
        {"Resource": {}, "LFTags": []},
        "lakeformation:RemoveLFTagsFromResource",
        "*",
    ),
    "lakeformation.GetResourceLFTags": ({"Resource": {}}, "lakeformation:GetResourceLFTags", "*"),
    "lakeformation.GetLFTag": ({"TagKey": "k"}, "lakeformation:GetLFTag", "*"),
    "lakeformation.ListLFTags": ({}, "lakeformation:ListLFTags", "*"),
    **{
        f"lakeformation.{name}": (members, f"lakeformation:{name}", "*")
        for name, members in {
            "GrantPermissions": GRANT,
            "RevokePermissions": GRANT,
            "BatchGrantPermissions": {"Entries": []},
            "BatchRevokePermissions": {"Entries": []},
            "CreateDataCellsFilter": {"TableData": CELLS},
            "UpdateDataCellsFilter": {"TableData": CELLS},
            "DeleteDataCellsFilter": CELLS,
            "CreateLFTag": {"TagKey": "k", "TagValues": ["v"]},
            "UpdateLFTag": {"TagKey": "k", "TagValuesToAdd": ["v"]},
            "DeleteLFTag": {"TagKey": "k"},
        }.items()
    },
}
CONTEXTS = {
    "s3.ListObjectsV2": (("s3:prefix", "a/"),),
    "dynamodb.TransactWriteItems": (("dynamodb:EnclosingOperation", "TransactWriteItems"),),
}


OLD = {**OBJECT, "VersionId": "v"}
DELETED = {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "v"}]}
TAGS = [{"Key": "a", "Value": "b"}]
GROUP_ARN = f"{ATHENA}:workgroup/lake"
VARIANTS = [
    ("s3.GetObject", OLD, [("s3:GetObjectVersion", OBJECT_ARN)]),
    ("s3.HeadObject", OLD, [("s3:GetObjectVersion", OBJECT_ARN)]),
    ("s3.DeleteObject", OLD, [("s3:DeleteObjectVersion", OBJECT_ARN)]),
    (
        "s3.DeleteObject",
        {**OLD, "BypassGovernanceRetention": True},
        [("s3:DeleteObjectVersion", OBJECT_ARN), ("s3:BypassGovernanceRetention", OBJECT_ARN)],
    ),
    (
        "s3.DeleteObjects",
        {"Bucket": "raw", "Delete": DELETED},
        [("s3:DeleteObject", f"{BUCKET_ARN}/k"), ("s3:DeleteObjectVersion", f"{BUCKET_ARN}/l")],
    ),
    *(
        (f"s3.{operation}", {**OBJECT, **more}, [("s3:PutObject", OBJECT_ARN), (action, OBJECT_ARN)])
        for operation in ("PutObject", "CreateMultipartUpload")
        for more, action in (
            ({"ACL": "public-read"}, "s3:PutObjectAcl"),
            ({"GrantFullControl": "id=1"}, "s3:PutObjectAcl"),
            ({"GrantRead": "id=1"}, "s3:PutObjectAcl"),
            ({"GrantReadACP": "id=1"}, "s3:PutObjectAcl"),
            ({"GrantWriteACP": "id=1"}, "s3:PutObjectAcl"),
            ({"Tagging": "a=b"}, "s3:PutObjectTagging"),
            ({"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2030-01-01"}, "s3:PutObjectRetention"),
            ({"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
        )
    ),
    ("dynamodb.GetItem", {"TableName": TABLE_ARN, "Key": KEY}, [("dynamodb:GetItem", TABLE_ARN)]),
    (
        "dynamodb.TransactWriteItems",
        {
            "TransactItems": [
                {"Delete": {"TableName": TABLE_ARN, "Key": KEY}},
                {"ConditionCheck": {**TABLE, "Key": KEY}},
            ]
        },
        [("dynamodb:DeleteItem", TABLE_ARN), ("dynamodb:ConditionCheckItem", TABLE_ARN)],
    ),
    ("ssm.GetParameter", {"Name": "/p/a:3"}, [("ssm:GetParameter", f"{PARAMETER}/p/a")]),
    ("ssm.GetParameter", {"Name": f"{PARAMETER}/p/a"}, [("ssm:GetParameter", f"{PARAMETER}/p/a")]),
    (
        "ssm.PutParameter",
        {"Name": "/p/a", "Value": "x", "Tags": TAGS},
        [("ssm:PutParameter", f"{PARAMETER}/p/a"), ("ssm:AddTagsToResource", f"{PARAMETER}/p/a")],
    ),
    (
        "lambda.Invoke",
        {"FunctionName": "sweep", "Qualifier": "1"},
        [("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:sweep:1")],
    ),
]


def catalogue(action, *, table=True):
    return [(action, one) for one in (TABLE_OF_CATALOGUE if table else CATALOGUE)]


DATA = ("lakeformation:GetDataAccess", "*")
STATEMENTS = [
    ("SELECT 1", []),
    ("SELECT * FROM orders", [*catalogue("glue:GetTable"), DATA]),
    ("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", [*catalogue("glue:GetTable"), DATA]),
    ("SELECT * FROM orders, (WITH orders AS (SELECT 1) SELECT * FROM orders)", [*catalogue("glue:GetTable"), DATA]),
    ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b JOIN (SELECT * FROM a) ON true", []),
    (
        "INSERT INTO orders SELECT 1",
        [
            *catalogue("glue:GetDatabase", table=False),
            *catalogue("glue:UpdateTable"),
            DATA,
            *catalogue("glue:GetTable"),
            DATA,
        ],
    ),
    (
        "CREATE TABLE orders WITH (external_location = 's3://raw/new/') AS SELECT 1",
        [
            *catalogue("glue:GetDatabase", table=False),
            *catalogue("glue:CreateTable"),
            DATA,
            ("s3:PutObject", f"{BUCKET_ARN}/new/*"),
        ],
    ),
    (
        "CREATE EXTERNAL TABLE orders (x int) LOCATION 's3://raw/new/'",
        [
            *catalogue("glue:GetDatabase", table=False),
            *catalogue("glue:CreateTable"),
            ("s3:PutObject", f"{BUCKET_ARN}/new/*"),
        ],
    ),
    (
        "DROP TABLE curated.orders",
        [
            *catalogue("glue:GetDatabase", table=False),
            *catalogue("glue:DeleteTable"),
            *catalogue("glue:GetTable"),
            DATA,
        ],
    ),
    (
        "DROP DATABASE curated",
        [*catalogue("glue:GetDatabase", table=False), *catalogue("glue:DeleteDatabase", table=False)],
    ),
]


@pytest.fixture(autouse=True)
def token():
    state_machine_of_token["token"] = MACHINE


@pytest.fixture
def workgroup(monkeypatch):
    """Set up the workgroup "lake" with a place of results of its own."""

    def set_up(**configuration):
        results = {"OutputLocation": "s3://results/lake"}
        group = {"Configuration": {"ResultConfiguration": results, **configuration}}
        monkeypatch.setitem(athena._workgroups, "lake", group)

    yield set_up
    athena._workgroups.pop("lake", None)


def asked_for(name, members):
    return [(need.action, need.resource) for need in NEEDS[name](members)]


@pytest.mark.parametrize(("name", "members", "expected"), VARIANTS)
def test_a_member_asks_for_more_or_for_something_else(name, members, expected):
    call = call_of(name, members)
    assert call.name == name
    assert asked_for(name, call.members) == expected


@pytest.mark.parametrize(("sql", "expected"), STATEMENTS)
def test_a_statement_asks_for_what_it_reads_and_changes(sql, expected):
    members = {"QueryString": sql, "WorkGroup": "none", "QueryExecutionContext": {"Database": "curated"}}
    assert asked_for("athena.StartQueryExecution", members)[1:] == expected


@pytest.mark.parametrize("sql", ["SHOW TABLES", "UNLOAD (SELECT 1) TO 's3://raw/'", "EXECUTE p", "CREATE TABLE (", ""])
def test_a_statement_that_nobody_can_read_is_an_error(sql):
    with pytest.raises(UnknownStatementError):
        NEEDS["athena.StartQueryExecution"]({"QueryString": sql})


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [({}, "results/lake"), ({"EnforceWorkGroupConfiguration": False}, "raw/elsewhere")],
)
def test_a_client_says_where_results_go_unless_the_workgroup_does(workgroup, configuration, expected):
    workgroup(**configuration)
    members = {
        "QueryString": "SELECT 1",
        "WorkGroup": "lake",
        "ResultConfiguration": {"OutputLocation": "s3://raw/elsewhere/"},
    }
    bucket = expected.partition("/")[0]
    assert asked_for("athena.StartQueryExecution", members) == [
        ("athena:StartQueryExecution", GROUP_ARN),
        ("s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"),
        ("s3:PutObject", f"arn:aws:s3:::{expected}/(query).csv"),
    ]


def test_results_are_read_from_their_bucket(monkeypatch):
    done = {"WorkGroup": "lake", "ResultConfiguration": {"OutputLocation": "s3://results/lake/q.csv"}}
    monkeypatch.setitem(athena._executions, "q1", done)
    assert asked_for("athena.GetQueryResults", {"QueryExecutionId": "q1"}) == [
        ("athena:GetQueryResults", GROUP_ARN),
        ("s3:GetObject", "arn:aws:s3:::results/lake/q.csv"),
    ]


class SentError(Exception):
    """The request that would have been sent now."""

    def __init__(self, request):
        super().__init__(request.url)
        self.request = request


def request_of(service, operation, members):
    """The request that an SDK makes of a call."""
    client = boto3.client(
        service,
        region_name=REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="ASIAEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": "path"}, parameter_validation=False),
    )

    def catch(request, **_):
        raise SentError(request)

    client.meta.events.register("before-send", catch)
    method = next(name for name, known in client.meta.method_to_api_mapping.items() if known == operation)
    with pytest.raises(SentError) as sent:
        getattr(client, method)(**members)
    return sent.value.request


def call_of(name, members=None):
    service, operation = name.split(".")
    sent = request_of(service, operation, CASES[name][0] if members is None else members)
    address = urlsplit(sent.url)
    headers = {
        key.lower(): value.decode() if isinstance(value, bytes) else value for key, value in sent.headers.items()
    }
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body if isinstance(sent.body, bytes) else b""
    query = parse_qs(address.query, keep_blank_values=True)
    return read(Request(service, sent.method, unquote(address.path), headers, body, query))


def test_every_row_has_a_case():
    assert CASES.keys() == NEEDS.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_request_is_read_and_asks_for_its_action(name):
    call = call_of(name)
    assert call.name == name
    _, action, resources = CASES[name]
    asked = list(NEEDS[name](call.members))
    expected = [Need(action, one) for one in ([resources] if isinstance(resources, str) else resources)]
    assert [(need.action, need.resource) for need in asked[: len(expected)]] == [
        (need.action, need.resource) for need in expected
    ]
    if name in CONTEXTS:
        assert asked[0].context == CONTEXTS[name]


def test_a_request_that_no_model_describes_is_an_error():
    with pytest.raises(UnreadableRequestError, match="athena"):
        read(Request("athena", "POST", "/", {"x-amz-target": "AmazonAthena.NoSuchOperation"}, b"{}", {}))
    with pytest.raises(UnreadableRequestError, match="lambda has no operation"):
        read(Request("lambda", "GET", "/nowhere", {}, b"", {}))


def test_headers_in_the_query_of_a_presigned_url_count():
    copy = {"x-amz-copy-source": ["/raw/secret"]}
    assert read(Request("s3", "PUT", "/raw/k", {}, b"", copy)).name == "s3.CopyObject"
    call = read(Request("s3", "PUT", "/raw/k", {}, b"", {"X-Amz-Acl": ["public-read"], "X-Amz-Tagging": ["a=b"]}))
    assert [action for action, _ in asked_for(call.name, call.members)] == [
        "s3:PutObject",
        "s3:PutObjectAcl",
        "s3:PutObjectTagging",
    ]


FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "request_",
    [
        Request("s3", "PUT", "/raw/k", {"x-amz-target": "AmazonS3.GetObject"}, b"", {}),
        Request("s3", "PUT", "/service/raw/operation/GetObject", {}, b"", {}),
        Request("s3", "PUT", "/raw/k", FORM, b"Action=GetObject", {}),
    ],
)
def test_another_protocols_name_of_an_operation_counts_for_nothing(request_):
    assert read(request_).name == "s3.PutObject"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Request("sqs", "POST", "/", FORM, b"Action=SendMessage", {"Action": ["GetQueueUrl"]}), "more than one"),
        (Request("sqs", "POST", "/", {**FORM, "x-amz-target": "AmazonSQS.GetQueueUrl"}, b"Action=X", {}), "more than"),
        (Request("sqs", "POST", "/", {}, b"", {}), "no operation"),
        (Request("s3", "GET", "/raw/k", {}, b"", {"acl": [""], "tagging": [""]}), "may be asked for"),
    ],
)
def test_a_request_that_may_be_read_in_two_ways_is_an_error(request_, reason):
    with pytest.raises(UnreadableRequestError, match=reason):
        read(request_)
