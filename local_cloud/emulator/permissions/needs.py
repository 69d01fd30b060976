"""What a call needs: IAM actions on resources, with the condition keys that the request brings.

One row per operation. An operation without a row is refused: write the row, with its source. Sources: the Service
Authorization Reference of each service, unless a row names another. What a call implies at KMS: `encryption`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ministack.core.responses import get_account_id, get_region
from ministack.services import athena, secretsmanager

from local_cloud.emulator.athena import statements

Members = Mapping[str, Any]
_UNKNOWN_SUFFIX = "??????"


class Need(NamedTuple):
    """One question to IAM: `context` holds the condition keys of the request and their values."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, Any], ...] = ()


Row = Callable[[Members], Iterable[Need]]

state_machine_of_token: dict[str, str] = {}
"""Which state machine gave out a task token; kept after the task, since late answers are judged too."""


def arn(service: str, resource: str) -> str:
    """The ARN of a resource of this account and region; an ARN stays as it is."""
    if resource.startswith("arn:"):
        return resource
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _one(action: str, resource: Callable[[Members], str]) -> Row:
    return lambda members: [Need(action, resource(members))]


# ---- S3
def _object(action: str) -> Row:
    def needs(members: Members) -> list[Need]:
        versioned = members.get("VersionId") and action in ("s3:GetObject", "s3:DeleteObject")
        return [Need(f"{action}Version" if versioned else action, _object_arn(members["Bucket"], members["Key"]))]

    return needs


def _object_arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def _bucket(action: str) -> Row:
    def needs(members: Members) -> list[Need]:
        keys = (("s3:prefix", members.get("Prefix")), ("s3:delimiter", members.get("Delimiter")))
        return [Need(action, f"arn:aws:s3:::{members['Bucket']}", tuple(pair for pair in keys if pair[1]))]

    return needs


def _deleted_objects(members: Members) -> list[Need]:
    objects = members["Delete"]["Objects"]
    return [Need("s3:DeleteObject", _object_arn(members["Bucket"], one["Key"])) for one in objects]


# ---- DynamoDB
def _table_arn(members: Members) -> str:
    """A query of an index is judged on the index, not on its table."""
    table = arn("dynamodb", f"table/{members['TableName']}")
    return f"{table}/index/{members['IndexName']}" if members.get("IndexName") else table


_PARTS_OF_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def _transaction(operation: str) -> Row:
    def needs(members: Members) -> list[Need]:
        enclosing = (("dynamodb:EnclosingOperation", operation),)
        parts = [(kind, part) for item in members["TransactItems"] for kind, part in item.items() if part]
        return [
            Need(f"dynamodb:{_PARTS_OF_TRANSACTIONS[kind]}", _table_arn({"TableName": part["TableName"]}), enclosing)
            for kind, part in parts
        ]

    return needs


# ---- SQS, Parameter Store, Secrets Manager
def queue_arn(members: Members) -> str:
    """The ARN of the queue that a call names by URL or by name."""
    return arn("sqs", str(members.get("QueueUrl") or members["QueueName"]).rstrip("/").rsplit("/", 1)[-1])


def _parameters(action: str) -> Row:
    def needs(members: Members) -> list[Need]:
        # GetParametersByPath is judged on the path as given, with its last slash: a policy on PATH/* admits "PATH/" and
        # not "PATH" (AWS's message in aws-ia/terraform-aws-control_tower_account_factory#174).
        names = members.get("Names") or [members.get("Name") or members["Path"]]
        context = (("ssm:Recursive", "true"),) if members.get("Recursive") else ()
        return [Need(action, arn("ssm", "parameter/" + name.lstrip("/")), context) for name in names]

    return needs


def secret_arn(members: Members) -> str:
    """The ARN of a secret with its suffix; of one that does not exist the name with an unknown suffix."""
    name = members.get("SecretId") or members.get("Name", "")
    _, secret = secretsmanager._resolve(name)
    if secret or name.startswith("arn:"):
        return str(secret["ARN"]) if secret else name
    return arn("secretsmanager", f"secret:{name}-{_UNKNOWN_SUFFIX}")


# ---- Lambda, Step Functions
def function_arn(reference: str) -> str:
    """The ARN of a function that is named by its name or its ARN."""
    return reference if reference.startswith("arn:") else arn("lambda", f"function:{reference}")


def _task(action: str) -> Row:
    # The reference lists no resource type, yet AWS judges on the machine (NOAA-OWP/hydrovis#837, aws/aws-cdk#8486).
    return _one(action, lambda m: state_machine_of_token.get(m["taskToken"]) or arn("states", "stateMachine:?"))


# ---- Glue, Athena
def _catalogue(action: str, table: Callable[[Members], str] | None = None) -> Row:
    """Catalogue operations are judged on the catalogue, the database and, where there is one, the table."""

    def needs(members: Members) -> list[Need]:
        database = members["DatabaseName"] if table else members["Name"]
        resources = ["catalog", f"database/{database}"]
        if table:
            resources.append(f"table/{database}/{table(members)}")
        return [Need(action, arn("glue", resource)) for resource in resources]

    return needs


def _table_name(members: Members) -> str:
    return str(members.get("Name") or (members.get("TableInput") or {}).get("Name") or members.get("TableName"))


def _workgroup_arn(members: Members) -> str:
    return arn("athena", f"workgroup/{members.get('WorkGroup') or 'primary'}")


def _of_execution(action: str) -> Row:
    """A query execution is judged on the workgroup that it ran in."""

    def needs(members: Members) -> list[Need]:
        ids = members.get("QueryExecutionIds") or [members["QueryExecutionId"]]
        groups = {(athena._executions.get(name) or {}).get("WorkGroup", "primary") for name in ids}
        return [Need(action, _workgroup_arn({"WorkGroup": group})) for group in sorted(groups)]

    return needs


def _started_query(members: Members) -> list[Need]:
    """Athena reads the catalogue and the data and writes the results as the caller.

    Source: Athena user guide, "Access to Amazon S3" and "Access to databases and tables in the AWS Glue Data Catalog".
    """
    group = athena._workgroups.get(members.get("WorkGroup") or "primary") or {}
    configured = (group.get("Configuration") or {}).get("ResultConfiguration") or {}
    location = str(configured.get("OutputLocation", "")).removeprefix("s3://")
    needs = [Need("athena:StartQueryExecution", _workgroup_arn(members))]
    if location:
        needs.append(Need("s3:GetBucketLocation", f"arn:aws:s3:::{location.partition('/')[0]}"))
        needs.append(Need("s3:PutObject", f"arn:aws:s3:::{location.rstrip('/')}/(query).csv"))
    database = (members.get("QueryExecutionContext") or {}).get("Database", "default")
    for database_of_table, table in statements.tables_in(members["QueryString"], database):
        named = {"DatabaseName": database_of_table, "Name": table}
        needs += [*NEEDS["glue.GetTable"](named), Need("lakeformation:GetDataAccess")]
    return needs


def _data_catalogue(members: Members) -> str:
    return arn("athena", f"datacatalog/{members.get('CatalogName') or members.get('Name') or 'AwsDataCatalog'}")


# ---- the rows
def _log_stream(members: Members) -> str:
    return arn("logs", f"log-group:{members['logGroupName']}:log-stream:{members.get('logStreamName', '')}")


def _rows(service: str, action_prefix: str, names: Iterable[str], row: Callable[[str], Row]) -> dict[str, Row]:
    """Rows of operations whose actions have their names."""
    return {f"{service}.{name}": row(f"{action_prefix}:{name}") for name in names}


NEEDS: dict[str, Row] = {
    "s3.GetObject": _object("s3:GetObject"),
    "s3.HeadObject": _object("s3:GetObject"),
    "s3.PutObject": _object("s3:PutObject"),
    "s3.CreateMultipartUpload": _object("s3:PutObject"),
    "s3.UploadPart": _object("s3:PutObject"),
    "s3.CompleteMultipartUpload": _object("s3:PutObject"),
    "s3.AbortMultipartUpload": _object("s3:AbortMultipartUpload"),
    "s3.ListParts": _object("s3:ListMultipartUploadParts"),
    "s3.DeleteObject": _object("s3:DeleteObject"),
    "s3.DeleteObjects": _deleted_objects,
    "s3.ListObjects": _bucket("s3:ListBucket"),
    "s3.ListObjectsV2": _bucket("s3:ListBucket"),
    "s3.HeadBucket": _bucket("s3:ListBucket"),
    "s3.GetBucketLocation": _bucket("s3:GetBucketLocation"),
    **_rows(
        "dynamodb",
        "dynamodb",
        ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable"),
        lambda action: _one(action, _table_arn),
    ),
    "dynamodb.TransactWriteItems": _transaction("TransactWriteItems"),
    "dynamodb.TransactGetItems": _transaction("TransactGetItems"),
    **_rows(
        "sqs",
        "sqs",
        ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"),
        lambda action: _one(action, queue_arn),
    ),
    "sqs.GetQueueUrl": _one("sqs:GetQueueUrl", queue_arn),
    # A batch is judged as its single operation.
    "sqs.SendMessageBatch": _one("sqs:SendMessage", queue_arn),
    "sqs.DeleteMessageBatch": _one("sqs:DeleteMessage", queue_arn),
    **_rows(
        "ssm",
        "ssm",
        ("GetParameter", "GetParameters", "GetParametersByPath", "PutParameter", "DeleteParameter"),
        _parameters,
    ),
    **_rows(
        "secretsmanager",
        "secretsmanager",
        ("GetSecretValue", "PutSecretValue", "DescribeSecret"),
        lambda action: _one(action, secret_arn),
    ),
    "lambda.Invoke": _one("lambda:InvokeFunction", lambda m: function_arn(m["FunctionName"])),
    "stepfunctions.StartExecution": _one("states:StartExecution", lambda m: m["stateMachineArn"]),
    "stepfunctions.DescribeExecution": _one("states:DescribeExecution", lambda m: m["executionArn"]),
    "stepfunctions.ListExecutions": _one("states:ListExecutions", lambda m: m["stateMachineArn"]),
    **_rows("stepfunctions", "states", ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"), _task),
    **_rows(
        "glue",
        "glue",
        ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"),
        lambda action: _one(action, lambda m: arn("glue", f"job/{m['JobName']}")),
    ),
    "glue.GetDatabase": _catalogue("glue:GetDatabase"),
    "glue.GetDatabases": _one("glue:GetDatabases", lambda _: arn("glue", "catalog")),
    "glue.GetTables": _catalogue("glue:GetTables", lambda _: "*"),
    **_rows(
        "glue",
        "glue",
        ("GetTable", "CreateTable", "UpdateTable", "DeleteTable", "GetPartitions", "GetPartition"),
        lambda action: _catalogue(action, _table_name),
    ),
    "athena.StartQueryExecution": _started_query,
    **_rows(
        "athena",
        "athena",
        ("GetQueryExecution", "GetQueryResults", "StopQueryExecution", "BatchGetQueryExecution"),
        _of_execution,
    ),
    **_rows(
        "athena",
        "athena",
        ("GetWorkGroup", "ListNamedQueries", "ListQueryExecutions"),
        lambda action: _one(action, _workgroup_arn),
    ),
    **_rows(
        "athena",
        "athena",
        ("GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata"),
        lambda action: _one(action, _data_catalogue),
    ),
    "sns.Publish": _one("sns:Publish", lambda m: m["TopicArn"]),
    "logs.CreateLogStream": _one("logs:CreateLogStream", _log_stream),
    "logs.PutLogEvents": _one("logs:PutLogEvents", _log_stream),
    "sts.GetCallerIdentity": lambda _: [],  # needs no permission (STS API reference)
    **_rows(
        "lakeformation",
        "lakeformation",
        ("AddLFTagsToResource", "RemoveLFTagsFromResource", "GetResourceLFTags", "GetLFTag", "ListLFTags"),
        lambda action: _one(action, lambda _: "*"),
    ),
}
"""The operations that the product's roles make, and their neighbours."""
