"""What managing resources needs: the operations that Terraform makes, as `needs` has those that the product makes.

Sources: the Service Authorization Reference of each service, unless a row names another. A resource that is made with
tags asks for the action of tagging as well, and one that is given a role for iam:PassRole with the service it goes to
(IAM user guide, "Grant a user permissions to pass a role to an AWS service").
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import athena, iam, lambda_svc

from local_cloud.emulator.permissions.needs import Members, Need, Row, arn, function_arn, queue_arn, secret_arn

Resource = Callable[[Members], str]


def _tags(tags: Any) -> tuple[tuple[str, Any], ...]:
    """The condition keys of the tags in a request: lists of Key and Value, of key and value, or a mapping."""
    if not tags:
        return ()
    pairs = (
        dict(tags)
        if isinstance(tags, Mapping)
        else {
            next(tag[name] for name in ("Key", "key", "TagKey") if name in tag): next(
                tag[name] for name in ("Value", "value", "TagValue") if name in tag
            )
            for tag in tags
        }
    )
    return (("aws:TagKeys", tuple(pairs)), *((f"aws:RequestTag/{name}", value) for name, value in pairs.items()))


def _given_tags(members: Members) -> Any:
    return next((members[name] for name in ("Tags", "tags", "TagsToAdd") if members.get(name)), None)


def _on(action: str, resource: Resource, *, tagging: str = "", passes: tuple[str, str] | None = None) -> Row:
    """A row: an action on a resource; the action of `tagging` when the request brings tags; the role it `passes`.

    `passes` is the member with the role's ARN and the service that the role goes to.
    """

    def needs(members: Members) -> Iterable[Need]:
        tags = _given_tags(members)
        yield Need(action, resource(members), _tags(tags))
        if tags and tagging and tagging != action:
            yield Need(tagging, resource(members), _tags(tags))
        if passes and members.get(passes[0]):
            yield passed(members[passes[0]], passes[1])

    return needs


def passed(role_arn: str, service: str) -> Need:
    """Giving a role to a service. A role may be named without its ARN (Glue's jobs)."""
    known = role_arn if role_arn.startswith("arn:") else role_of(role_arn)
    return Need("iam:PassRole", known, (("iam:PassedToService", f"{service}.amazonaws.com"),))


def role_of(name: str, path: str = "/") -> str:
    """The ARN of a role by its name; `path` is that of a role which is not there yet."""
    found = iam._roles.get(name)
    return str(found["Arn"]) if found else f"arn:aws:iam::{get_account_id()}:role{path}{name}"


def _each(service: str, prefix: str, resource: Resource, names: str, **keywords: Any) -> dict[str, Row]:
    """Rows of operations whose actions have their names."""
    return {f"{service}.{name}": _on(f"{prefix}:{name}", resource, **keywords) for name in names.split()}


def _everything(_: Members) -> str:
    return "*"


def _named(service: str, kind: str, *members: str) -> Resource:
    """The ARN of a resource by whichever of these members is there; an ARN stays as it is."""

    def resource(given: Members) -> str:
        name = next(str(given[member]) for member in members if given.get(member))
        return name if name.startswith("arn:") else arn(service, f"{kind}{name}")

    return resource


# ---- IAM
def _role(members: Members) -> str:
    return role_of(members["RoleName"], members.get("Path") or "/")


def _under_boundary(action: str, *, tagging: str = "") -> Row:
    """Actions that see the role's permissions boundary: the one it gets, else the one it has."""

    def needs(members: Members) -> Iterable[Need]:
        known = iam._roles.get(members["RoleName"]) or {}
        boundary = members.get("PermissionsBoundary") or known.get("PermissionsBoundary")
        context = (("iam:PermissionsBoundary", boundary),) if boundary else ()
        tags = _tags(members.get("Tags"))
        yield Need(action, _role(members), (*context, *tags))
        if tags and tagging:
            yield Need(tagging, _role(members), tags)

    return needs


# ---- S3
def _bucket(members: Members) -> str:
    return f"arn:aws:s3:::{members['Bucket']}"


def _object(members: Members) -> str:
    return f"arn:aws:s3:::{members['Bucket']}/{members['Key']}"


_OF_BUCKETS = {
    "CreateBucket": "CreateBucket",
    "DeleteBucket": "DeleteBucket",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAcl": "GetBucketAcl",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketLogging": "GetBucketLogging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetBucketRequestPayment": "GetBucketRequestPayment",
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetBucketWebsite": "GetBucketWebsite",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListObjectVersions": "ListBucketVersions",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "PutBucketPolicy": "PutBucketPolicy",
    "PutBucketTagging": "PutBucketTagging",
    "PutBucketVersioning": "PutBucketVersioning",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Operations on buckets and their actions, whose names differ in part."""


# ---- KMS
def key_arn(members: Members) -> str:
    """The ARN of a key that is named by its id, its ARN or an alias of it."""
    name = members["KeyId"]
    if name.startswith("alias/"):
        name = _key_of_alias(name) or name
    return arn("kms", name if name.startswith(("arn:", "alias/", "key/")) else f"key/{name}")


def _described_key(members: Members) -> Iterable[Need]:
    """A key that is found by an alias brings the alias along, by which keys of AWS can be told."""
    name = members["KeyId"]
    yield Need("kms:DescribeKey", key_arn(members), (("kms:RequestAlias", name),) if name.startswith("alias/") else ())


def _alias(action: str) -> Row:
    """An alias is changed if both it and its key may be (KMS developer guide, "Controlling access to aliases")."""

    def needs(members: Members) -> Iterable[Need]:
        yield Need(action, arn("kms", members["AliasName"]))
        key = members.get("TargetKeyId") or _key_of_alias(members["AliasName"])
        if key:
            yield Need(action, key_arn({"KeyId": key}))

    return needs


def _key_of_alias(name: str) -> str | None:
    from ministack.services import kms

    found = kms._aliases.get(arn("kms", name))
    return str(found) if found else None


# ---- Lambda
def _function(members: Members) -> str:
    return function_arn(members["FunctionName"])


def _mapping(action: str) -> Row:
    """Mappings are judged with the function that they feed."""

    def needs(members: Members) -> Iterable[Need]:
        known = lambda_svc._esms.get(members.get("UUID", "")) or {}
        function = members.get("FunctionName") or known.get("FunctionArn")
        context = (("lambda:FunctionArn", function_arn(function)),) if function else ()
        resource = arn("lambda", f"event-source-mapping:{members['UUID']}") if members.get("UUID") else "*"
        yield Need(action, resource, (*context, *_tags(members.get("Tags"))))
        if members.get("Tags"):
            yield Need("lambda:TagResource", arn("lambda", "event-source-mapping:*"), _tags(members["Tags"]))

    return needs


def _code(members: Members) -> Iterable[Need]:
    """A function's package is read by who makes the function (Lambda API reference, CreateFunction, S3Bucket)."""
    code = members.get("Code") or members
    if code.get("S3Bucket"):
        yield Need("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}")


def _with_code(row: Row) -> Row:
    return lambda members: [*row(members), *_code(members)]


# ---- EventBridge and its scheduler
def _rule(*members: str) -> Resource:
    return _named("events", "rule/", *members)


def _targets(members: Members) -> Iterable[Need]:
    yield Need("events:PutTargets", _rule("Rule")(members))
    yield from (passed(one["RoleArn"], "events") for one in members.get("Targets", ()) if one.get("RoleArn"))


def _schedule(members: Members) -> str:
    return arn("scheduler", f"schedule/{members.get('GroupName') or 'default'}/{members['Name']}")


def _scheduled(action: str) -> Row:
    def needs(members: Members) -> Iterable[Need]:
        yield Need(action, _schedule(members))
        yield passed(members["Target"]["RoleArn"], "scheduler")

    return needs


# ---- Glue, Athena
def _database(action: str) -> Row:
    def needs(members: Members) -> Iterable[Need]:
        name = members.get("Name") or members["DatabaseInput"]["Name"]
        resources = ["catalog", f"database/{name}"]
        if action == "glue:DeleteDatabase":
            # What is in a database goes with it.
            resources += [f"table/{name}/*", f"userDefinedFunction/{name}/*"]
        tags = _tags(members.get("Tags"))
        yield from (Need(action, arn("glue", resource), tags) for resource in resources)
        if tags:
            yield Need("glue:TagResource", arn("glue", f"database/{name}"), tags)

    return needs


def _job_update(members: Members) -> Iterable[Need]:
    yield Need("glue:UpdateJob", arn("glue", f"job/{members['JobName']}"))
    if members["JobUpdate"].get("Role"):
        yield passed(members["JobUpdate"]["Role"], "glue")


def _workgroup_of_query(members: Members) -> str:
    """A named query is judged on the workgroup that it is in."""
    group = members.get("WorkGroup")
    if group is None:
        group = (athena._named_queries.get(members.get("NamedQueryId", "")) or {}).get("WorkGroup")
    return arn("athena", f"workgroup/{group or 'primary'}")


# ---- CloudWatch, Logs
def _log_group(members: Members) -> str:
    return arn("logs", f"log-group:{members['logGroupName']}")


def _alarms(action: str) -> Row:
    def needs(members: Members) -> Iterable[Need]:
        names = members.get("AlarmNames") or ["*"]
        return [Need(action, arn("cloudwatch", f"alarm:{name}")) for name in names]

    return needs


ADMINISTRATION: dict[str, Row] = {
    # ---- IAM, STS
    "iam.CreateRole": _under_boundary("iam:CreateRole", tagging="iam:TagRole"),
    **{
        f"iam.{name}": _under_boundary(f"iam:{name}")
        for name in (
            *("AttachRolePolicy", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"),
            *("DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"),
        )
    },
    **_each(
        "iam",
        "iam",
        _role,
        "DeleteRole GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies"
        " TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
    ),
    "sts.AssumeRole": _on("sts:AssumeRole", lambda m: str(m["RoleArn"])),
    # ---- S3
    **{f"s3.{operation}": _on(f"s3:{action}", _bucket) for operation, action in _OF_BUCKETS.items()},
    **_each("s3", "s3", _object, "GetObjectTagging PutObjectTagging DeleteObjectTagging"),
    # ---- KMS
    "kms.CreateKey": _on("kms:CreateKey", _everything, tagging="kms:TagResource"),
    **_each(
        "kms",
        "kms",
        key_arn,
        "DisableKeyRotation EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags"
        " PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription",
    ),
    "kms.DescribeKey": _described_key,
    **{f"kms.{name}": _alias(f"kms:{name}") for name in ("CreateAlias", "DeleteAlias", "UpdateAlias")},
    **_each("kms", "kms", _everything, "ListAliases"),
    # ---- DynamoDB
    **_each(
        "dynamodb",
        "dynamodb",
        _named("dynamodb", "table/", "TableName", "ResourceArn"),
        "CreateTable DeleteTable DescribeContinuousBackups DescribeTimeToLive ListTagsOfResource TagResource"
        " UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive",
        tagging="dynamodb:TagResource",
    ),
    # ---- Parameter Store, Secrets Manager
    **_each(
        "ssm",
        "ssm",
        lambda m: arn("ssm", "parameter/" + m["ResourceId"].lstrip("/")),
        "AddTagsToResource ListTagsForResource RemoveTagsFromResource",
    ),
    **_each("ssm", "ssm", lambda _: arn("ssm", "*"), "DescribeParameters"),
    **_each(
        "secretsmanager",
        "secretsmanager",
        secret_arn,
        "CreateSecret DeleteSecret GetResourcePolicy TagResource UntagResource UpdateSecret UpdateSecretVersionStage",
        tagging="secretsmanager:TagResource",
    ),
    # ---- SQS, SNS
    **_each(
        "sqs",
        "sqs",
        queue_arn,
        "CreateQueue DeleteQueue ListQueueTags SetQueueAttributes TagQueue UntagQueue",
        tagging="sqs:TagQueue",
    ),
    **_each(
        "sns",
        "sns",
        _named("sns", "", "TopicArn", "ResourceArn", "Name"),
        "CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes"
        " Subscribe TagResource UntagResource",
        tagging="sns:TagResource",
    ),
    # A subscription is judged on its topic, whose ARN its own begins with.
    **_each(
        "sns",
        "sns",
        lambda m: str(m["SubscriptionArn"]).rpartition(":")[0],
        "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
    ),
    # ---- Lambda
    "lambda.CreateFunction": _with_code(
        _on("lambda:CreateFunction", _function, tagging="lambda:TagResource", passes=("Role", "lambda"))
    ),
    "lambda.UpdateFunctionCode": _with_code(_on("lambda:UpdateFunctionCode", _function)),
    "lambda.UpdateFunctionConfiguration": _on(
        "lambda:UpdateFunctionConfiguration", _function, passes=("Role", "lambda")
    ),
    **_each(
        "lambda",
        "lambda",
        _function,
        "AddPermission DeleteFunction DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig GetFunction"
        " GetFunctionCodeSigningConfig GetFunctionConfiguration GetFunctionEventInvokeConfig GetPolicy"
        " ListVersionsByFunction PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission"
        " UpdateFunctionEventInvokeConfig",
    ),
    **_each("lambda", "lambda", lambda m: str(m["Resource"]), "ListTags TagResource UntagResource"),
    **{
        f"lambda.{name}": _mapping(f"lambda:{name}")
        for name in (
            *("CreateEventSourceMapping", "DeleteEventSourceMapping"),
            *("GetEventSourceMapping", "UpdateEventSourceMapping"),
        )
    },
    # ---- Step Functions
    "stepfunctions.CreateStateMachine": _on(
        "states:CreateStateMachine",
        _named("states", "stateMachine:", "name"),
        tagging="states:TagResource",
        passes=("roleArn", "states"),
    ),
    "stepfunctions.UpdateStateMachine": _on(
        "states:UpdateStateMachine", lambda m: str(m["stateMachineArn"]), passes=("roleArn", "states")
    ),
    **_each(
        "stepfunctions",
        "states",
        _named("states", "stateMachine:", "stateMachineArn", "resourceArn"),
        "DeleteStateMachine DescribeStateMachine ListStateMachineVersions ListTagsForResource TagResource"
        " UntagResource",
    ),
    **_each("stepfunctions", "states", _everything, "ValidateStateMachineDefinition"),
    # ---- EventBridge and its scheduler
    **_each(
        "events",
        "events",
        _rule("Name", "Rule", "ResourceARN"),
        "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule RemoveTargets TagResource UntagResource",
        tagging="events:TagResource",
    ),
    "events.PutTargets": _targets,
    "scheduler.CreateSchedule": _scheduled("scheduler:CreateSchedule"),
    "scheduler.UpdateSchedule": _scheduled("scheduler:UpdateSchedule"),
    **_each("scheduler", "scheduler", _schedule, "DeleteSchedule GetSchedule"),
    **_each(
        "scheduler",
        "scheduler",
        _named("scheduler", "schedule-group/", "Name", "ResourceArn"),
        "CreateScheduleGroup DeleteScheduleGroup GetScheduleGroup ListTagsForResource TagResource UntagResource",
        tagging="scheduler:TagResource",
    ),
    # ---- Glue
    "glue.CreateJob": _on(
        "glue:CreateJob", _named("glue", "job/", "Name"), tagging="glue:TagResource", passes=("Role", "glue")
    ),
    "glue.UpdateJob": _job_update,
    **_each("glue", "glue", _named("glue", "job/", "JobName"), "DeleteJob GetJob"),
    **_each("glue", "glue", lambda m: str(m["ResourceArn"]), "GetTags TagResource UntagResource"),
    **_each(
        "glue",
        "glue",
        _everything,
        "CreateSecurityConfiguration DeleteSecurityConfiguration GetSecurityConfiguration",
    ),
    **{f"glue.{name}": _database(f"glue:{name}") for name in ("CreateDatabase", "DeleteDatabase", "UpdateDatabase")},
    # ---- Lake Formation
    "lakeformation.RegisterResource": _on(
        "lakeformation:RegisterResource", _everything, passes=("RoleArn", "lakeformation")
    ),
    "lakeformation.UpdateResource": _on(
        "lakeformation:UpdateResource", _everything, passes=("RoleArn", "lakeformation")
    ),
    **_each(
        "lakeformation",
        "lakeformation",
        _everything,
        "DeregisterResource DescribeResource GetDataLakeSettings ListPermissions PutDataLakeSettings",
    ),
    # ---- Athena
    **_each(
        "athena",
        "athena",
        _named("athena", "workgroup/", "Name", "WorkGroup", "ResourceARN"),
        "CreateWorkGroup DeleteWorkGroup ListTagsForResource TagResource UntagResource UpdateWorkGroup",
        tagging="athena:TagResource",
    ),
    **_each(
        "athena",
        "athena",
        _workgroup_of_query,
        "CreateNamedQuery DeleteNamedQuery GetNamedQuery UpdateNamedQuery",
    ),
    # ---- CloudWatch, Logs
    **_each(
        "cloudwatch",
        "cloudwatch",
        _named("cloudwatch", "alarm:", "AlarmName", "ResourceARN"),
        "ListTagsForResource PutMetricAlarm TagResource UntagResource",
        tagging="cloudwatch:TagResource",
    ),
    "cloudwatch.DescribeAlarms": _alarms("cloudwatch:DescribeAlarms"),
    "cloudwatch.DeleteAlarms": _alarms("cloudwatch:DeleteAlarms"),
    **_each(
        "logs",
        "logs",
        _log_group,
        "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey PutRetentionPolicy",
        tagging="logs:TagResource",
    ),
    **_each("logs", "logs", lambda m: str(m["resourceArn"]), "ListTagsForResource TagResource UntagResource"),
    **_each("logs", "logs", lambda _: arn("logs", "log-group:*"), "DescribeLogGroups"),
}
"""The operations that Terraform makes for the lake, and their neighbours."""
