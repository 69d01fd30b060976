"""Every operation that is judged: an SDK's request is read, and asks IAM for the right action on the right resource."""

from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.config import Config
from ministack.core.responses import set_request_account_id, set_request_region

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
}
CONTEXTS = {
    "s3.ListObjectsV2": (("s3:prefix", "a/"),),
    "dynamodb.TransactWriteItems": (("dynamodb:EnclosingOperation", "TransactWriteItems"),),
}


@pytest.fixture(autouse=True)
def account():
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    state_machine_of_token["token"] = MACHINE


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


def call_of(name):
    service, operation = name.split(".")
    sent = request_of(service, operation, CASES[name][0])
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
