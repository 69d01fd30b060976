"""What a call needs: IAM actions on resources, with the condition keys that the request brings.

One row per operation. An operation without a row is refused: write the row, with its source. Sources: the Service
Authorization Reference of each service, unless a row names another. What a call implies at KMS: `encryption`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ministack.core.responses import get_account_id, get_region
from ministack.services import athena, secretsmanager

from local_cloud.emulator.athena import statements

Members = Mapping[str, Any]
_UNKNOWN_SUFFIX = "??????"
_PARAMETER_ARN = re.compile(r"arn:[\w-]+:ssm:[^:]*:[^:]*:parameter/")


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
    return _one(action, lambda m: _object_arn(m["Bucket"], m["Key"]))


def _get_object(members: Members) -> list[Need]:
    action = "s3:GetObjectVersion" if members.get("VersionId") else "s3:GetObject"
    return [Need(action, _object_arn(members["Bucket"], members["Key"]))]


_ASKED_BESIDE_PUT = {
    "s3:PutObjectAcl": ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"),
    "s3:PutObjectTagging": ("Tagging",),
    "s3:PutObjectRetention": ("ObjectLockMode", "ObjectLockRetainUntilDate"),
    "s3:PutObjectLegalHold": ("ObjectLockLegalHoldStatus",),
}
"""What writing an object needs more when its request has one of these members (S3 API reference, PutObject; user guide,
"Required permissions for Amazon S3 API operations").
"""
_KEYS_OF_PUT = {
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
}


def _put_object(members: Members) -> list[Need]:
    where = _object_arn(members["Bucket"], members["Key"])
    context = tuple((key, members[name]) for key, name in _KEYS_OF_PUT.items() if members.get(name))
    beside = (action for action, names in _ASKED_BESIDE_PUT.items() if any(members.get(name) for name in names))
    return [Need(action, where, context) for action in ("s3:PutObject", *beside)]


def _delete_object(members: Members) -> list[Need]:
    """One version is deleted for good with another permission than the object is, and a protected one with a third."""
    action = "s3:DeleteObjectVersion" if members.get("VersionId") else "s3:DeleteObject"
    actions = [action, *(["s3:BypassGovernanceRetention"] if members.get("BypassGovernanceRetention") else [])]
    return [Need(action, _object_arn(members["Bucket"], members["Key"])) for action in actions]


def _object_arn(bucket: str, key: str) -> str:
    return f"arn:aws:s3:::{bucket}/{key}"


def _bucket(action: str) -> Row:
    def needs(members: Members) -> list[Need]:
        keys = (("s3:prefix", members.get("Prefix")), ("s3:delimiter", members.get("Delimiter")))
        return [Need(action, f"arn:aws:s3:::{members['Bucket']}", tuple(pair for pair in keys if pair[1]))]

    return needs


def _deleted_objects(members: Members) -> list[Need]:
    return [need for one in members["Delete"]["Objects"] for need in _delete_object({**members, **one})]


# ---- DynamoDB
def table_name(members: Members) -> str:
    """The name of a table that a call names by name or by ARN."""
    return str(members["TableName"]).rpartition(":table/")[2]


def _table_arn(members: Members) -> str:
    """A query of an index is judged on the index, not on its table."""
    table = arn("dynamodb", f"table/{table_name(members)}")
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
            Need(f"dynamodb:{_PARTS_OF_TRANSACTIONS[kind]}", _table_arn({"TableName": table_name(part)}), enclosing)
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
        names = parameter_names(members) or [members["Path"]]
        flags = (("ssm:Recursive", "Recursive"), ("ssm:Overwrite", "Overwrite"))
        context = tuple((key, str(members[flag]).lower()) for key, flag in flags if members.get(flag))
        actions = [action, *(["ssm:AddTagsToResource"] if members.get("Tags") else [])]
        return [
            Need(action, arn("ssm", "parameter/" + name.lstrip("/")), context) for name in names for action in actions
        ]

    return needs


def parameter_names(members: Members) -> list[str]:
    """Names of the parameters that a call names, by name or by ARN, without selectors of versions; [] for a path."""
    given = members.get("Names") or [one for one in (members.get("Name"),) if one]
    return [_PARAMETER_ARN.sub("/", name).partition(":")[0] for name in given]


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


def _qualified_function(members: Members) -> str:
    qualifier = members.get("Qualifier")
    return function_arn(members["FunctionName"]) + (f":{qualifier}" if qualifier else "")


def _task(action: str) -> Row:
    # The reference lists no resource type, yet AWS judges on the machine (NOAA-OWP/hydrovis#837, aws/aws-cdk#8486).
    return _one(action, lambda m: state_machine_of_token.get(m["taskToken"]) or arn("states", "stateMachine:?"))


# ---- Glue, Athena
def _catalogue(action: str, table: Callable[[Members], str] | None = None) -> Row:
    """Catalogue operations are judged on the catalogue, the database and, where there is one, the table."""

    def needs(members: Members) -> list[Need]:
        if table is None:
            return _on_catalogue(action, members["Name"])
        return _on_catalogue(action, members["DatabaseName"], table(members))

    return needs


def _on_catalogue(action: str, database: str, table: str = "") -> list[Need]:
    resources = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
    return [Need(action, arn("glue", resource)) for resource in resources]


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
    """Athena reads the catalogue and the data, changes both and writes the results as the caller.

    Source: Athena user guide, "Access to Amazon S3"; "Configure access to databases and tables in the AWS Glue Data
    Catalog" has what each statement needs.
    """
    needs = [Need("athena:StartQueryExecution", _workgroup_arn(members))]
    location, _ = result_location(members)
    if location:
        needs.append(Need("s3:GetBucketLocation", f"arn:aws:s3:::{location.partition('/')[0]}"))
        needs.append(Need("s3:PutObject", f"arn:aws:s3:::{location.rstrip('/')}/(query).csv"))
    database = (members.get("QueryExecutionContext") or {}).get("Database", "default")
    for change in statements.changes_of(members["QueryString"], database):
        needs += [
            need
            for action in ("glue:GetDatabase", f"glue:{change.operation}")
            for need in _on_catalogue(action, change.database, change.table if action != "glue:GetDatabase" else "")
        ]
        if change.writes_data:
            needs.append(Need("lakeformation:GetDataAccess"))
        if change.location:
            needs.append(Need("s3:PutObject", f"arn:aws:s3:::{change.location.removeprefix('s3://').rstrip('/')}/*"))
    for database_of_table, table in statements.tables_in(members["QueryString"], database):
        needs += [*_on_catalogue("glue:GetTable", database_of_table, table), Need("lakeformation:GetDataAccess")]
    return needs


def result_location(members: Members) -> tuple[str, str | None]:
    """Where a query's results go, without s3://, and the key that encrypts them; the bucket decides when it is None.

    What the client asks for holds unless the workgroup enforces its own (Athena user guide, "Override client-side
    settings").
    """
    group = (athena._workgroups.get(members.get("WorkGroup") or "primary") or {}).get("Configuration") or {}
    configured = group.get("ResultConfiguration") or {}
    asked = members.get("ResultConfiguration") or {}
    enforced = group.get("EnforceWorkGroupConfiguration", True) and configured.get("OutputLocation")
    chosen = configured if enforced else {**configured, **asked}
    key = (chosen.get("EncryptionConfiguration") or {}).get("KmsKey")
    return str(chosen.get("OutputLocation") or "").removeprefix("s3://"), key


def executed_result(query_id: str) -> str:
    """Where the results of a query that was started lie, without s3://; empty for an unknown one."""
    execution = athena._executions.get(query_id) or {}
    return str((execution.get("ResultConfiguration") or {}).get("OutputLocation") or "").removeprefix("s3://")


def _query_results(members: Members) -> list[Need]:
    """The caller reads the results from their bucket (Athena API reference, GetQueryResults)."""
    needs = list(_of_execution("athena:GetQueryResults")(members))
    where = executed_result(members["QueryExecutionId"])
    return [*needs, *([Need("s3:GetObject", f"arn:aws:s3:::{where}")] if where else [])]


def _data_catalogue(members: Members) -> str:
    return arn("athena", f"datacatalog/{members.get('CatalogName') or members.get('Name') or 'AwsDataCatalog'}")


# ---- the rows
def _log_stream(members: Members) -> str:
    return arn("logs", f"log-group:{members['logGroupName']}:log-stream:{members.get('logStreamName', '')}")


def _rows(service: str, action_prefix: str, names: Iterable[str], row: Callable[[str], Row]) -> dict[str, Row]:
    """Rows of operations whose actions have their names."""
    return {f"{service}.{name}": row(f"{action_prefix}:{name}") for name in names}


NEEDS: dict[str, Row] = {
    "s3.GetObject": _get_object,
    "s3.HeadObject": _get_object,
    "s3.PutObject": _put_object,
    "s3.CreateMultipartUpload": _put_object,
    "s3.UploadPart": _object("s3:PutObject"),
    "s3.CompleteMultipartUpload": _object("s3:PutObject"),
    "s3.AbortMultipartUpload": _object("s3:AbortMultipartUpload"),
    "s3.ListParts": _object("s3:ListMultipartUploadParts"),
    "s3.DeleteObject": _delete_object,
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
    "lambda.Invoke": _one("lambda:InvokeFunction", _qualified_function),
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
        ("GetQueryExecution", "StopQueryExecution", "BatchGetQueryExecution"),
        _of_execution,
    ),
    "athena.GetQueryResults": _query_results,
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
    # What is granted to whom, Lake Formation judges after IAM (`local_cloud.emulator.lake_formation.administration`).
    **_rows(
        "lakeformation",
        "lakeformation",
        (
            "GrantPermissions",
            "RevokePermissions",
            "BatchGrantPermissions",
            "BatchRevokePermissions",
            "CreateDataCellsFilter",
            "UpdateDataCellsFilter",
            "DeleteDataCellsFilter",
            "CreateLFTag",
            "UpdateLFTag",
            "DeleteLFTag",
        ),
        lambda action: _one(action, lambda _: "*"),
    ),
}
"""The operations that the product's roles make, and their neighbours."""
