"""What AWS asks of the caller at KMS where data are encrypted with a customer key.

The question carries `kms:ViaService`, `kms:CallerAccount` and the encryption context of the service. Keys that AWS
manages ask nothing: their own policies admit the account. Where the pages leave something open, the row says (?).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, kms, s3, secretsmanager, sns, sqs, ssm

from local_cloud.emulator.permissions.needs import (
    Need,
    arn,
    executed_result,
    parameter_names,
    queue_arn,
    result_location,
    secret_arn,
    table_name,
)
from local_cloud.emulator.permissions.requests import Call

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
READ_AND_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")

ACTIONS: dict[str, tuple[str, ...]] = {
    # S3 user guide, "Using server-side encryption with AWS KMS keys"; API reference, CreateMultipartUpload: the parts
    # are decrypted when the upload is completed.
    "s3.GetObject": READ,
    # Only for checksums (API reference, HeadObject).
    "s3.HeadObject": READ_AND_WRITE,
    "s3.PutObject": WRITE,
    "s3.CreateMultipartUpload": READ_AND_WRITE,
    "s3.UploadPart": READ_AND_WRITE,
    "s3.CompleteMultipartUpload": READ_AND_WRITE,
    # Athena user guide, "Encrypt Athena query results stored in Amazon S3", permissions.
    "athena.StartQueryExecution": READ_AND_WRITE,
    "athena.GetQueryResults": READ,
    # SQS developer guide, "Key management".
    "sqs.SendMessage": READ_AND_WRITE,
    "sqs.SendMessageBatch": READ_AND_WRITE,
    "sqs.ReceiveMessage": READ,
    # SNS developer guide, "Key management".
    "sns.Publish": READ_AND_WRITE,
    # Secrets Manager user guide, "Secret encryption and decryption".
    "secretsmanager.GetSecretValue": READ,
    "secretsmanager.PutSecretValue": READ_AND_WRITE,
    # Systems Manager user guide, "AWS KMS encryption for Parameter Store SecureString parameters" (standard tier).
    "ssm.GetParameter": READ,
    "ssm.GetParameters": READ,
    "ssm.GetParametersByPath": READ,
    "ssm.PutParameter": ("kms:Encrypt",),
    # DynamoDB developer guide, "Encryption at rest"; that writing decrypts too: aws/aws-cdk#10010. The guide asks for
    # DescribeKey, Encrypt, GenerateDataKey and ReEncrypt as well, but not for each call (?).
    **{
        f"dynamodb.{name}": READ
        for name in (
            *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
            *("TransactWriteItems", "TransactGetItems"),
        )
    },
}


def via(service: str, key: str | None, actions: tuple[str, ...], encryption: Mapping[str, str]) -> list[Need]:
    """The questions to KMS that a service asks on the caller's behalf; none without a customer key."""
    if not key:
        return []
    context: list[tuple[str, Any]] = [
        ("kms:ViaService", f"{service}.{get_region()}.amazonaws.com"),
        ("kms:CallerAccount", get_account_id()),
        ("kms:EncryptionContextKeys", tuple(encryption)),
        *((f"kms:EncryptionContext:{name}", value) for name, value in encryption.items()),
    ]
    return [Need(action, key, tuple(context)) for action in actions]


def of_queue(queue: str, actions: tuple[str, ...]) -> list[Need]:
    """What using an encrypted queue needs; `queue` is its ARN."""
    return via("sqs", key_of_queue(queue), actions, {"aws:sqs:arn": queue})


def of_topic(topic: str, actions: tuple[str, ...]) -> list[Need]:
    """What publishing to an encrypted topic needs; `topic` is its ARN."""
    return via("sns", key_of_topic(topic), actions, {"aws:sns:topicArn": topic})


def key_of_queue(queue: str) -> str | None:
    """The customer key of a queue by its ARN."""
    found = sqs._queue_by_arn(queue) or {}
    return _customer_key(found.get("attributes", {}).get("KmsMasterKeyId"))


def key_of_topic(topic: str) -> str | None:
    """The customer key of a topic by its ARN."""
    found = sns._topics.get(topic) or {}
    return _customer_key(found.get("attributes", {}).get("KmsMasterKeyId"))


def implied(call: Call) -> list[Need]:
    """What a call implies at KMS."""
    actions = ACTIONS.get(call.name)
    return list(_OF_SERVICES[call.service](call, actions)) if actions else []


_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def _of_s3(call: Call, actions: tuple[str, ...]) -> list[Need]:
    """An object is read with the key that it was written with, and written with the key of the request or the bucket's.

    The parts of an upload have the key of its beginning.
    """
    members = call.members
    bucket, name = members["Bucket"], members["Key"]
    if call.operation == "HeadObject" and not members.get("ChecksumMode"):
        return []
    if call.operation in ("GetObject", "HeadObject"):
        key = s3._stored_sse_headers(_stored(bucket, name, members.get("VersionId"))).get(_KEY_HEADER)
    elif upload := s3._multipart_uploads.get(members.get("UploadId", "")):
        key = s3._stored_sse_headers(upload).get(_KEY_HEADER)
    elif members.get("ServerSideEncryption") == "AES256" or members.get("SSECustomerAlgorithm"):
        key = None
    else:
        key = members.get("SSEKMSKeyId") or _default_key(bucket)
    return _of_object(bucket, name, key, actions)


def _of_object(bucket: str, name: str, key: str | None, actions: tuple[str, ...]) -> list[Need]:
    """With a bucket key, the context is the bucket's ARN, else the object's (S3 user guide, "S3 Bucket Keys")."""
    with_bucket_key = "<BucketKeyEnabled>true<" in _text(s3._bucket_encryption.get(bucket))
    within = f"arn:aws:s3:::{bucket}" if with_bucket_key else f"arn:aws:s3:::{bucket}/{name}"
    return via("s3", _customer_key(key), actions, {"aws:s3:arn": within})


def _stored(bucket: str, name: str, version: str | None) -> Mapping[str, Any]:
    """The emulator's record of an object or of one version of it; empty when there is none."""
    for entry in s3._object_versions.get((bucket, name), []) if version else []:
        if entry["version_id"] == version:
            found: Mapping[str, Any] = entry
            return found
    objects: Mapping[str, Any] = (s3._buckets.get(bucket) or {}).get("objects", {})
    return objects.get(name) or {}


def _default_key(bucket: str) -> str | None:
    key: str | None = s3._bucket_default_sse_headers(bucket).get(_KEY_HEADER)
    return key


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _of_athena(call: Call, actions: tuple[str, ...]) -> list[Need]:
    if call.operation == "StartQueryExecution":
        location, key = result_location(call.members)
        bucket, _, name = f"{location.rstrip('/')}/(query).csv".partition("/")
        return _of_object(bucket, name, key or _default_key(bucket), actions) if location else []
    bucket, _, name = executed_result(call.members["QueryExecutionId"]).partition("/")
    return _of_object(bucket, name, s3._stored_sse_headers(_stored(bucket, name, None)).get(_KEY_HEADER), actions)


def _of_sqs(call: Call, actions: tuple[str, ...]) -> list[Need]:
    return of_queue(queue_arn(call.members), actions)


def _of_sns(call: Call, actions: tuple[str, ...]) -> list[Need]:
    return of_topic(call.members["TopicArn"], actions)


def _of_secrets(call: Call, actions: tuple[str, ...]) -> list[Need]:
    _, secret = secretsmanager._resolve(call.members["SecretId"])
    if secret is None or (call.operation == "GetSecretValue" and not secret.get("Versions")):
        return []  # nothing there to decrypt
    key = _customer_key(secret.get("KmsKeyId"))
    return via("secretsmanager", key, actions, {"SecretARN": secret_arn(call.members)})


def _of_parameters(call: Call, actions: tuple[str, ...]) -> Iterable[Need]:
    if call.operation == "PutParameter":
        yield from _of_written_parameter(call.members, actions)
    elif call.members.get("WithDecryption"):
        for name in parameter_names(call.members) or _parameters_below(call.members):
            parameter = ssm._parameters.get(name)
            if parameter and parameter["Type"] == "SecureString":
                yield from via("ssm", _customer_key(parameter["KeyId"]), actions, {"PARAMETER_ARN": parameter["ARN"]})


def _of_written_parameter(members: Mapping[str, Any], actions: tuple[str, ...]) -> list[Need]:
    """The request names the key, also of a parameter that exists; AWS's own is the default (PutParameter, KeyId)."""
    [name] = parameter_names(members)
    kind = members.get("Type") or (ssm._parameters.get(name) or {}).get("Type")
    if kind != "SecureString":
        return []
    if members.get("Tier") == "Advanced":
        actions = WRITE
    return via("ssm", _customer_key(members.get("KeyId")), actions, {"PARAMETER_ARN": ssm._param_arn(name)})


def _parameters_below(members: Mapping[str, Any]) -> list[str]:
    folder = members["Path"].rstrip("/") + "/"
    below = (name for name in ssm._parameters if name.startswith(folder))
    return [name for name in below if members.get("Recursive") or "/" not in name.removeprefix(folder)]


def _of_dynamodb(call: Call, actions: tuple[str, ...]) -> Iterable[Need]:
    parts = [part for item in call.members.get("TransactItems", ()) for part in item.values() if part]
    for table in sorted({table_name(part) for part in parts} or {table_name(call.members)}):
        described = (dynamodb._tables.get(table) or {}).get("SSEDescription") or {}
        context = {"aws:dynamodb:tableName": table, "aws:dynamodb:subscriberId": get_account_id()}
        yield from via("dynamodb", _customer_key(described.get("KMSMasterKeyArn")), actions, context)


_OF_SERVICES: Mapping[str, Callable[[Call, tuple[str, ...]], Iterable[Need]]] = {
    "s3": _of_s3,
    "athena": _of_athena,
    "sqs": _of_sqs,
    "sns": _of_sns,
    "secretsmanager": _of_secrets,
    "ssm": _of_parameters,
    "dynamodb": _of_dynamodb,
}


def _customer_key(key: str | None) -> str | None:
    """The ARN of a key that a customer manages; None for no key and for keys that AWS manages.

    An alias stands for its key, on which KMS judges; of a key that does not exist the name is kept, and nothing allows
    it.
    """
    if not key or "alias/aws/" in key:
        return None
    if (found := kms._resolve_key(key)) is not None:
        return str(found["Arn"])
    return arn("kms", key if key.startswith(("arn:", "alias/", "key/")) else f"key/{key}")
