"""The operations that Terraform makes: each request asks IAM for the right actions on the right resources."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import athena, iam, kms, lambda_svc

from local_cloud.emulator.permissions.administration import ADMINISTRATION
from local_cloud.emulator.permissions.needs import NEEDS
from local_cloud.emulator.permissions.requests import Request, read
from tests.unit.permissions.test_needs import request_of

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lake/sweep"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
BUCKET, OBJECT = {"Bucket": "raw"}, {"Bucket": "raw", "Key": "a b/c"}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k1"
TAGS = [{"Key": "Project", "Value": "lake"}]


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


FUNCTION, MACHINE, TOPIC = arn("lambda", "function:sweep"), arn("states", "stateMachine:report"), arn("sns", "alarms")
MAPPING = arn("lambda", "event-source-mapping:m1")
GROUP, SCHEDULE = arn("scheduler", "schedule-group/lake"), arn("scheduler", "schedule/lake/sweep")
RULE, JOB, WORKGROUP = arn("events", "rule/stored"), arn("glue", "job/curate"), arn("athena", "workgroup/lake")
DATABASE = [arn("glue", "catalog"), arn("glue", "database/curated")]
SECRET = arn("secretsmanager", "secret:lake/token-??????")
QUEUE = {"QueueUrl": f"http://127.0.0.1:1/{ACCOUNT}/jobs"}
ROLES_TARGET = {"Arn": FUNCTION, "RoleArn": ROLE}
SCHEDULED = {"Name": "sweep", "GroupName": "lake", "ScheduleExpression": "rate(1 day)", "Target": ROLES_TARGET} | {
    "FlexibleTimeWindow": {"Mode": "OFF"}
}
LOG_GROUP = {"logGroupName": "/aws/lambda/sweep"}
LOG_ARN = arn("logs", "log-group:/aws/lambda/sweep")

# The members of a request, and the pairs of action and resource that it asks for.
CASES = {
    "iam.CreateRole": (
        {"RoleName": "new", "Path": "/lake/", "AssumeRolePolicyDocument": "{}", "Tags": TAGS},
        [
            ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/lake/new"),
            ("iam:TagRole", f"arn:aws:iam::{ACCOUNT}:role/lake/new"),
        ],
    ),
    **{
        f"iam.{name}": ({"RoleName": "sweep", **members}, [(f"iam:{name}", ROLE)])
        for name, members in {
            "AttachRolePolicy": {"PolicyArn": BOUNDARY},
            "DeleteRole": {},
            "DeleteRolePermissionsBoundary": {},
            "DeleteRolePolicy": {"PolicyName": "p"},
            "DetachRolePolicy": {"PolicyArn": BOUNDARY},
            "GetRole": {},
            "GetRolePolicy": {"PolicyName": "p"},
            "ListAttachedRolePolicies": {},
            "ListInstanceProfilesForRole": {},
            "ListRolePolicies": {},
            "PutRolePermissionsBoundary": {"PermissionsBoundary": BOUNDARY},
            "PutRolePolicy": {"PolicyName": "p", "PolicyDocument": "{}"},
            "TagRole": {"Tags": TAGS},
            "UntagRole": {"TagKeys": ["a"]},
            "UpdateAssumeRolePolicy": {"PolicyDocument": "{}"},
            "UpdateRole": {},
            "UpdateRoleDescription": {"Description": "d"},
        }.items()
    },
    "sts.AssumeRole": ({"RoleArn": ROLE, "RoleSessionName": "s"}, [("sts:AssumeRole", ROLE)]),
    **{
        f"s3.{operation}": ({**BUCKET, **members}, [(f"s3:{action}", "arn:aws:s3:::raw")])
        for operation, action, members in (
            ("CreateBucket", "CreateBucket", {}),
            ("DeleteBucket", "DeleteBucket", {}),
            ("DeleteBucketEncryption", "PutEncryptionConfiguration", {}),
            ("DeleteBucketLifecycle", "PutLifecycleConfiguration", {}),
            ("DeleteBucketOwnershipControls", "PutBucketOwnershipControls", {}),
            ("DeleteBucketPolicy", "DeleteBucketPolicy", {}),
            ("DeleteBucketTagging", "PutBucketTagging", {}),
            ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock", {}),
            ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration", {}),
            ("GetBucketAcl", "GetBucketAcl", {}),
            ("GetBucketCors", "GetBucketCORS", {}),
            ("GetBucketEncryption", "GetEncryptionConfiguration", {}),
            ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", {}),
            ("GetBucketLogging", "GetBucketLogging", {}),
            ("GetBucketNotificationConfiguration", "GetBucketNotification", {}),
            ("GetBucketOwnershipControls", "GetBucketOwnershipControls", {}),
            ("GetBucketPolicy", "GetBucketPolicy", {}),
            ("GetBucketReplication", "GetReplicationConfiguration", {}),
            ("GetBucketRequestPayment", "GetBucketRequestPayment", {}),
            ("GetBucketTagging", "GetBucketTagging", {}),
            ("GetBucketVersioning", "GetBucketVersioning", {}),
            ("GetBucketWebsite", "GetBucketWebsite", {}),
            ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration", {}),
            ("GetPublicAccessBlock", "GetBucketPublicAccessBlock", {}),
            ("ListObjectVersions", "ListBucketVersions", {}),
            (
                "PutBucketEncryption",
                "PutEncryptionConfiguration",
                {"ServerSideEncryptionConfiguration": {"Rules": [{"BucketKeyEnabled": True}]}},
            ),
            ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration", {"LifecycleConfiguration": {"Rules": []}}),
            ("PutBucketNotificationConfiguration", "PutBucketNotification", {"NotificationConfiguration": {}}),
            (
                "PutBucketOwnershipControls",
                "PutBucketOwnershipControls",
                {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            ),
            ("PutBucketPolicy", "PutBucketPolicy", {"Policy": "{}"}),
            ("PutBucketTagging", "PutBucketTagging", {"Tagging": {"TagSet": TAGS}}),
            ("PutBucketVersioning", "PutBucketVersioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
            ("PutPublicAccessBlock", "PutBucketPublicAccessBlock", {"PublicAccessBlockConfiguration": {}}),
        )
    },
    **{
        f"s3.{name}": ({**OBJECT, **members}, [(f"s3:{name}", "arn:aws:s3:::raw/a b/c")])
        for name, members in {
            "GetObjectTagging": {},
            "PutObjectTagging": {"Tagging": {"TagSet": TAGS}},
            "DeleteObjectTagging": {},
        }.items()
    },
    "kms.CreateKey": (
        {"Tags": [{"TagKey": "Project", "TagValue": "lake"}]},
        [("kms:CreateKey", "*"), ("kms:TagResource", "*")],
    ),
    **{
        f"kms.{name}": ({"KeyId": "k1", **members}, [(f"kms:{name}", KEY)])
        for name, members in {
            "DescribeKey": {},
            "DisableKeyRotation": {},
            "EnableKeyRotation": {},
            "GetKeyPolicy": {},
            "GetKeyRotationStatus": {},
            "ListResourceTags": {},
            "PutKeyPolicy": {"Policy": "{}"},
            "ScheduleKeyDeletion": {},
            "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
            "UntagResource": {"TagKeys": ["a"]},
            "UpdateKeyDescription": {"Description": "d"},
        }.items()
    },
    **{
        f"kms.{name}": (
            {"AliasName": "alias/lake", **members},
            [(f"kms:{name}", arn("kms", "alias/lake")), (f"kms:{name}", KEY)],
        )
        for name, members in {
            "CreateAlias": {"TargetKeyId": "k1"},
            "DeleteAlias": {},
            "UpdateAlias": {"TargetKeyId": KEY},
        }.items()
    },
    "kms.ListAliases": ({}, [("kms:ListAliases", "*")]),
    **{
        f"dynamodb.{name}": (members, [(f"dynamodb:{name}", arn("dynamodb", "table/ledger"))])
        for name, members in {
            "DeleteTable": {"TableName": "ledger"},
            "DescribeContinuousBackups": {"TableName": "ledger"},
            "DescribeTimeToLive": {"TableName": "ledger"},
            "UpdateContinuousBackups": {"TableName": "ledger"},
            "UpdateTable": {"TableName": "ledger"},
            "UpdateTimeToLive": {"TableName": "ledger"},
            "ListTagsOfResource": {"ResourceArn": arn("dynamodb", "table/ledger")},
            "TagResource": {"ResourceArn": arn("dynamodb", "table/ledger"), "Tags": TAGS},
            "UntagResource": {"ResourceArn": arn("dynamodb", "table/ledger"), "TagKeys": ["a"]},
        }.items()
    },
    "dynamodb.CreateTable": (
        {"TableName": "ledger", "Tags": TAGS},
        [
            ("dynamodb:CreateTable", arn("dynamodb", "table/ledger")),
            ("dynamodb:TagResource", arn("dynamodb", "table/ledger")),
        ],
    ),
    **{
        f"ssm.{name}": (
            {"ResourceType": "Parameter", "ResourceId": "/lake/a", **members},
            [(f"ssm:{name}", arn("ssm", "parameter/lake/a"))],
        )
        for name, members in {
            "AddTagsToResource": {"Tags": TAGS},
            "ListTagsForResource": {},
            "RemoveTagsFromResource": {"TagKeys": ["a"]},
        }.items()
    },
    "ssm.DescribeParameters": ({}, [("ssm:DescribeParameters", arn("ssm", "*"))]),
    "secretsmanager.CreateSecret": (
        {"Name": "lake/token", "Tags": TAGS},
        [("secretsmanager:CreateSecret", SECRET), ("secretsmanager:TagResource", SECRET)],
    ),
    **{
        f"secretsmanager.{name}": ({"SecretId": "lake/token", **members}, [(f"secretsmanager:{name}", SECRET)])
        for name, members in {
            "DeleteSecret": {},
            "GetResourcePolicy": {},
            "TagResource": {"Tags": TAGS},
            "UntagResource": {"TagKeys": ["a"]},
            "UpdateSecret": {},
            "UpdateSecretVersionStage": {"VersionStage": "AWSCURRENT"},
        }.items()
    },
    "sqs.CreateQueue": (
        {"QueueName": "jobs", "tags": {"Project": "lake"}},
        [("sqs:CreateQueue", arn("sqs", "jobs")), ("sqs:TagQueue", arn("sqs", "jobs"))],
    ),
    **{
        f"sqs.{name}": ({**QUEUE, **members}, [(f"sqs:{name}", arn("sqs", "jobs"))])
        for name, members in {
            "DeleteQueue": {},
            "ListQueueTags": {},
            "SetQueueAttributes": {"Attributes": {}},
            "TagQueue": {"Tags": {"a": "b"}},
            "UntagQueue": {"TagKeys": ["a"]},
        }.items()
    },
    "sns.CreateTopic": (
        {"Name": "alarms", "Tags": TAGS},
        [("sns:CreateTopic", TOPIC), ("sns:TagResource", TOPIC)],
    ),
    **{
        f"sns.{name}": (members, [(f"sns:{name}", TOPIC)])
        for name, members in {
            "DeleteTopic": {"TopicArn": TOPIC},
            "GetTopicAttributes": {"TopicArn": TOPIC},
            "ListSubscriptionsByTopic": {"TopicArn": TOPIC},
            "ListTagsForResource": {"ResourceArn": TOPIC},
            "SetTopicAttributes": {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": "{}"},
            "Subscribe": {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.com"},
            "TagResource": {"ResourceArn": TOPIC, "Tags": TAGS},
            "UntagResource": {"ResourceArn": TOPIC, "TagKeys": ["a"]},
            "GetSubscriptionAttributes": {"SubscriptionArn": f"{TOPIC}:s1"},
            "SetSubscriptionAttributes": {"SubscriptionArn": f"{TOPIC}:s1", "AttributeName": "FilterPolicy"},
            "Unsubscribe": {"SubscriptionArn": f"{TOPIC}:s1"},
        }.items()
    },
    "lambda.CreateFunction": (
        {
            "FunctionName": "sweep",
            "Role": ROLE,
            "Code": {"S3Bucket": "raw", "S3Key": "functions.zip"},
            "Tags": {"Project": "lake"},
        },
        [
            ("lambda:CreateFunction", FUNCTION),
            ("lambda:TagResource", FUNCTION),
            ("iam:PassRole", ROLE),
            ("s3:GetObject", "arn:aws:s3:::raw/functions.zip"),
        ],
    ),
    "lambda.UpdateFunctionCode": (
        {"FunctionName": "sweep", "S3Bucket": "raw", "S3Key": "functions.zip"},
        [("lambda:UpdateFunctionCode", FUNCTION), ("s3:GetObject", "arn:aws:s3:::raw/functions.zip")],
    ),
    "lambda.UpdateFunctionConfiguration": (
        {"FunctionName": "sweep", "Role": ROLE},
        [("lambda:UpdateFunctionConfiguration", FUNCTION), ("iam:PassRole", ROLE)],
    ),
    **{
        f"lambda.{name}": ({"FunctionName": "sweep", **members}, [(f"lambda:{name}", FUNCTION)])
        for name, members in {
            "AddPermission": {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "p"},
            "DeleteFunction": {},
            "DeleteFunctionConcurrency": {},
            "DeleteFunctionEventInvokeConfig": {},
            "GetFunction": {},
            "GetFunctionCodeSigningConfig": {},
            "GetFunctionConfiguration": {},
            "GetFunctionEventInvokeConfig": {},
            "GetPolicy": {},
            "ListVersionsByFunction": {},
            "PutFunctionConcurrency": {"ReservedConcurrentExecutions": 1},
            "PutFunctionEventInvokeConfig": {},
            "RemovePermission": {"StatementId": "s"},
            "UpdateFunctionEventInvokeConfig": {},
        }.items()
    },
    **{
        f"lambda.{name}": ({"Resource": FUNCTION, **members}, [(f"lambda:{name}", FUNCTION)])
        for name, members in {
            "ListTags": {},
            "TagResource": {"Tags": {"a": "b"}},
            "UntagResource": {"TagKeys": ["a"]},
        }.items()
    },
    "lambda.CreateEventSourceMapping": (
        {"FunctionName": "sweep", "EventSourceArn": arn("sqs", "jobs"), "Tags": {"Project": "lake"}},
        [
            ("lambda:CreateEventSourceMapping", "*"),
            ("lambda:TagResource", arn("lambda", "event-source-mapping:*")),
        ],
    ),
    **{
        f"lambda.{name}": ({"UUID": "m1"}, [(f"lambda:{name}", MAPPING)])
        for name in ("DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")
    },
    "stepfunctions.CreateStateMachine": (
        {"name": "report", "roleArn": ROLE, "definition": "{}", "tags": [{"key": "Project", "value": "lake"}]},
        [("states:CreateStateMachine", MACHINE), ("states:TagResource", MACHINE), ("iam:PassRole", ROLE)],
    ),
    "stepfunctions.UpdateStateMachine": (
        {"stateMachineArn": MACHINE, "roleArn": ROLE},
        [("states:UpdateStateMachine", MACHINE), ("iam:PassRole", ROLE)],
    ),
    **{
        f"stepfunctions.{name}": ({"stateMachineArn": MACHINE}, [(f"states:{name}", MACHINE)])
        for name in ("DeleteStateMachine", "DescribeStateMachine", "ListStateMachineVersions")
    },
    **{
        f"stepfunctions.{name}": ({"resourceArn": MACHINE, **members}, [(f"states:{name}", MACHINE)])
        for name, members in {
            "ListTagsForResource": {},
            "TagResource": {"tags": [{"key": "a", "value": "b"}]},
            "UntagResource": {"tagKeys": ["a"]},
        }.items()
    },
    "stepfunctions.ValidateStateMachineDefinition": (
        {"definition": "{}"},
        [("states:ValidateStateMachineDefinition", "*")],
    ),
    "events.PutRule": ({"Name": "stored", "Tags": TAGS}, [("events:PutRule", RULE), ("events:TagResource", RULE)]),
    "events.PutTargets": (
        {"Rule": "stored", "Targets": [{"Id": "1", **ROLES_TARGET}]},
        [("events:PutTargets", RULE), ("iam:PassRole", ROLE)],
    ),
    **{
        f"events.{name}": (members, [(f"events:{name}", RULE)])
        for name, members in {
            "DeleteRule": {"Name": "stored"},
            "DescribeRule": {"Name": "stored"},
            "ListTagsForResource": {"ResourceARN": RULE},
            "ListTargetsByRule": {"Rule": "stored"},
            "RemoveTargets": {"Rule": "stored", "Ids": ["1"]},
            "TagResource": {"ResourceARN": RULE, "Tags": TAGS},
            "UntagResource": {"ResourceARN": RULE, "TagKeys": ["a"]},
        }.items()
    },
    "scheduler.CreateSchedule": (SCHEDULED, [("scheduler:CreateSchedule", SCHEDULE), ("iam:PassRole", ROLE)]),
    "scheduler.UpdateSchedule": (SCHEDULED, [("scheduler:UpdateSchedule", SCHEDULE), ("iam:PassRole", ROLE)]),
    **{
        f"scheduler.{name}": ({"Name": "sweep", "GroupName": "lake"}, [(f"scheduler:{name}", SCHEDULE)])
        for name in ("DeleteSchedule", "GetSchedule")
    },
    "scheduler.CreateScheduleGroup": (
        {"Name": "lake", "Tags": TAGS},
        [("scheduler:CreateScheduleGroup", GROUP), ("scheduler:TagResource", GROUP)],
    ),
    **{
        f"scheduler.{name}": (members, [(f"scheduler:{name}", GROUP)])
        for name, members in {
            "DeleteScheduleGroup": {"Name": "lake"},
            "GetScheduleGroup": {"Name": "lake"},
            "ListTagsForResource": {"ResourceArn": GROUP},
            "TagResource": {"ResourceArn": GROUP, "Tags": TAGS},
            "UntagResource": {"ResourceArn": GROUP, "TagKeys": ["a"]},
        }.items()
    },
    "glue.CreateJob": (
        {"Name": "curate", "Role": "sweep", "Command": {}, "Tags": {"Project": "lake"}},
        [("glue:CreateJob", JOB), ("glue:TagResource", JOB), ("iam:PassRole", ROLE)],
    ),
    "glue.UpdateJob": (
        {"JobName": "curate", "JobUpdate": {"Role": ROLE}},
        [("glue:UpdateJob", JOB), ("iam:PassRole", ROLE)],
    ),
    **{f"glue.{name}": ({"JobName": "curate"}, [(f"glue:{name}", JOB)]) for name in ("DeleteJob", "GetJob")},
    **{
        f"glue.{name}": ({"ResourceArn": JOB, **members}, [(f"glue:{name}", JOB)])
        for name, members in {
            "GetTags": {},
            "TagResource": {"TagsToAdd": {"a": "b"}},
            "UntagResource": {"TagsToRemove": ["a"]},
        }.items()
    },
    **{
        f"glue.{name}": ({"Name": "curate", **members}, [(f"glue:{name}", "*")])
        for name, members in {
            "CreateSecurityConfiguration": {"EncryptionConfiguration": {}},
            "DeleteSecurityConfiguration": {},
            "GetSecurityConfiguration": {},
        }.items()
    },
    "glue.CreateDatabase": (
        {"DatabaseInput": {"Name": "curated"}, "Tags": {"Project": "lake"}},
        [*(("glue:CreateDatabase", one) for one in DATABASE), ("glue:TagResource", DATABASE[1])],
    ),
    "glue.UpdateDatabase": (
        {"Name": "curated", "DatabaseInput": {"Name": "curated"}},
        [("glue:UpdateDatabase", one) for one in DATABASE],
    ),
    "glue.DeleteDatabase": (
        {"Name": "curated"},
        [
            *(("glue:DeleteDatabase", one) for one in DATABASE),
            ("glue:DeleteDatabase", arn("glue", "table/curated/*")),
            ("glue:DeleteDatabase", arn("glue", "userDefinedFunction/curated/*")),
        ],
    ),
    **{
        f"lakeformation.{name}": (
            {"ResourceArn": "arn:aws:s3:::curated", "RoleArn": ROLE},
            [(f"lakeformation:{name}", "*"), ("iam:PassRole", ROLE)],
        )
        for name in ("RegisterResource", "UpdateResource")
    },
    **{
        f"lakeformation.{name}": (members, [(f"lakeformation:{name}", "*")])
        for name, members in {
            "DeregisterResource": {"ResourceArn": "a"},
            "DescribeResource": {"ResourceArn": "a"},
            "GetDataLakeSettings": {},
            "ListPermissions": {},
            "PutDataLakeSettings": {"DataLakeSettings": {}},
        }.items()
    },
    "athena.CreateWorkGroup": (
        {"Name": "lake", "Tags": TAGS},
        [("athena:CreateWorkGroup", WORKGROUP), ("athena:TagResource", WORKGROUP)],
    ),
    **{
        f"athena.{name}": (members, [(f"athena:{name}", WORKGROUP)])
        for name, members in {
            "DeleteWorkGroup": {"WorkGroup": "lake"},
            "ListTagsForResource": {"ResourceARN": WORKGROUP},
            "TagResource": {"ResourceARN": WORKGROUP, "Tags": TAGS},
            "UntagResource": {"ResourceARN": WORKGROUP, "TagKeys": ["a"]},
            "UpdateWorkGroup": {"WorkGroup": "lake"},
            "CreateNamedQuery": {"Name": "q", "Database": "d", "QueryString": "SELECT 1", "WorkGroup": "lake"},
            "DeleteNamedQuery": {"NamedQueryId": "q1"},
            "GetNamedQuery": {"NamedQueryId": "q1"},
            "UpdateNamedQuery": {"NamedQueryId": "q1", "Name": "q", "QueryString": "SELECT 1"},
        }.items()
    },
    "cloudwatch.PutMetricAlarm": (
        {"AlarmName": "late", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Tags": TAGS},
        [
            ("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:late")),
            ("cloudwatch:TagResource", arn("cloudwatch", "alarm:late")),
        ],
    ),
    **{
        f"cloudwatch.{name}": (members, [(f"cloudwatch:{name}", arn("cloudwatch", "alarm:late"))])
        for name, members in {
            "DeleteAlarms": {"AlarmNames": ["late"]},
            "DescribeAlarms": {"AlarmNames": ["late"]},
            "ListTagsForResource": {"ResourceARN": arn("cloudwatch", "alarm:late")},
            "TagResource": {"ResourceARN": arn("cloudwatch", "alarm:late"), "Tags": TAGS},
            "UntagResource": {"ResourceARN": arn("cloudwatch", "alarm:late"), "TagKeys": ["a"]},
        }.items()
    },
    "logs.CreateLogGroup": (
        {**LOG_GROUP, "tags": {"Project": "lake"}},
        [("logs:CreateLogGroup", LOG_ARN), ("logs:TagResource", LOG_ARN)],
    ),
    **{
        f"logs.{name}": ({**LOG_GROUP, **members}, [(f"logs:{name}", LOG_ARN)])
        for name, members in {
            "AssociateKmsKey": {"kmsKeyId": KEY},
            "DeleteLogGroup": {},
            "DeleteRetentionPolicy": {},
            "DisassociateKmsKey": {},
            "PutRetentionPolicy": {"retentionInDays": 7},
        }.items()
    },
    **{
        f"logs.{name}": ({"resourceArn": LOG_ARN, **members}, [(f"logs:{name}", LOG_ARN)])
        for name, members in {
            "ListTagsForResource": {},
            "TagResource": {"tags": {"a": "b"}},
            "UntagResource": {"tagKeys": ["a"]},
        }.items()
    },
    "logs.DescribeLogGroups": ({}, [("logs:DescribeLogGroups", arn("logs", "log-group:*"))]),
}


@pytest.fixture(autouse=True)
def resources(monkeypatch):
    """What the requests name and the account has."""
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    known = (
        (iam._roles, "sweep", {"Arn": ROLE, "PermissionsBoundary": BOUNDARY}),
        (kms._aliases, arn("kms", "alias/lake"), "k1"),
        (lambda_svc._esms, "m1", {"FunctionArn": FUNCTION}),
        (athena._named_queries, "q1", {"WorkGroup": "lake"}),
    )
    for store, name, content in known:
        store[name] = content
    yield
    for store, name, _ in known:
        store.pop(name, None)


def call_of(service, operation, members):
    sent = request_of(service, operation, members)
    address = urlsplit(sent.url)
    headers = {
        key.lower(): value.decode() if isinstance(value, bytes) else value for key, value in sent.headers.items()
    }
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body if isinstance(sent.body, bytes) else b""
    query = parse_qs(address.query, keep_blank_values=True)
    return read(Request(service, sent.method, unquote(address.path), headers, body, query))


def needs_of(name, members):
    call = call_of(*name.split("."), members)
    assert call.name == name
    return list(ADMINISTRATION[name](call.members))


def test_every_row_has_a_case_and_no_row_is_in_two_tables():
    assert CASES.keys() == ADMINISTRATION.keys()
    assert not ADMINISTRATION.keys() & NEEDS.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_request_asks_for_its_actions(name):
    members, expected = CASES[name]
    assert [(need.action, need.resource) for need in needs_of(name, members)] == expected


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("lambda.CreateFunction", "lambda"),
        ("lambda.UpdateFunctionConfiguration", "lambda"),
        ("stepfunctions.CreateStateMachine", "states"),
        ("stepfunctions.UpdateStateMachine", "states"),
        ("scheduler.CreateSchedule", "scheduler"),
        ("scheduler.UpdateSchedule", "scheduler"),
        ("events.PutTargets", "events"),
        ("glue.CreateJob", "glue"),
        ("glue.UpdateJob", "glue"),
        ("lakeformation.RegisterResource", "lakeformation"),
        ("lakeformation.UpdateResource", "lakeformation"),
    ],
)
def test_a_role_is_passed_to_one_service(name, service):
    [passed] = [need for need in needs_of(name, CASES[name][0]) if need.action == "iam:PassRole"]
    assert passed.context == (("iam:PassedToService", f"{service}.amazonaws.com"),)


def test_what_passes_a_role_is_listed_above():
    passing = {
        name for name, (members, _) in CASES.items() if any(n.action == "iam:PassRole" for n in needs_of(name, members))
    }
    assert len(passing) == 11


@pytest.mark.parametrize("name", [name for name, (_, expected) in CASES.items() if "Tag" in str(expected[1:])])
def test_tags_of_a_new_resource_are_seen_by_conditions(name):
    context = dict(needs_of(name, CASES[name][0])[0].context)
    assert (context["aws:RequestTag/Project"], context["aws:TagKeys"]) == ("lake", ("Project",))


def test_a_key_that_is_found_by_its_alias_brings_it_along():
    [need] = needs_of("kms.DescribeKey", {"KeyId": "alias/lake"})
    assert (need.resource, need.context) == (KEY, (("kms:RequestAlias", "alias/lake"),))


def test_a_secret_that_is_gone_is_judged_by_the_arn_that_it_is_named_with():
    gone = arn("secretsmanager", "secret:lake/token-a1b2c3")
    assert [need.resource for need in NEEDS["secretsmanager.DescribeSecret"]({"SecretId": gone})] == [gone]


def test_a_new_role_has_the_boundary_that_it_is_given_and_a_known_one_its_own():
    new = {"RoleName": "new", "AssumeRolePolicyDocument": "{}"}
    assert needs_of("iam.CreateRole", new)[0].context == ()
    [made] = needs_of("iam.CreateRole", {**new, "PermissionsBoundary": BOUNDARY})
    assert made.context == (("iam:PermissionsBoundary", BOUNDARY),)
    [changed] = needs_of("iam.PutRolePolicy", CASES["iam.PutRolePolicy"][0])
    assert changed.context == (("iam:PermissionsBoundary", BOUNDARY),)


@pytest.mark.parametrize("name", ["Create", "Delete", "Get", "Update"])
def test_a_mapping_is_judged_with_its_function(name):
    members = CASES[f"lambda.{name}EventSourceMapping"][0]
    assert dict(needs_of(f"lambda.{name}EventSourceMapping", members)[0].context)["lambda:FunctionArn"] == FUNCTION
