"""What AWS asks of the caller at KMS where data are encrypted with a customer key.

The question carries `kms:ViaService`, `kms:CallerAccount` and the encryption context of the service. Keys that AWS
manages ask nothing: their own policies admit the account. Where the pages leave something open, the row says (?).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, s3, secretsmanager, sns, sqs, ssm

from local_cloud.emulator.permissions.needs import Need, arn, queue_arn, secret_arn
from local_cloud.emulator.permissions.requests import Call

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
READ_AND_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")

ACTIONS: dict[str, tuple[str, ...]] = {
    # S3 user guide, "Using server-side encryption with AWS KMS keys"; API reference, CreateMultipartUpload: the parts
    # are decrypted when the upload is completed.
    "s3.GetObject": READ,
    "s3.PutObject": WRITE,
    "s3.CreateMultipartUpload": READ_AND_WRITE,
    "s3.UploadPart": READ_AND_WRITE,
    "s3.CompleteMultipartUpload": READ_AND_WRITE,
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


def _of_s3(call: Call, actions: tuple[str, ...]) -> list[Need]:
    bucket = call.members["Bucket"]
    default = s3._bucket_default_sse_headers(bucket).get("x-amz-server-side-encryption-aws-kms-key-id")
    key = _customer_key(call.members.get("SSEKMSKeyId") or default)
    # With bucket keys, which the product turns on, the context is the bucket's ARN (S3 user guide, "S3 Bucket Keys").
    return via("s3", key, actions, {"aws:s3:arn": f"arn:aws:s3:::{bucket}"})


def _of_sqs(call: Call, actions: tuple[str, ...]) -> list[Need]:
    return of_queue(queue_arn(call.members), actions)


def _of_sns(call: Call, actions: tuple[str, ...]) -> list[Need]:
    topic = call.members["TopicArn"]
    return via("sns", key_of_topic(topic), actions, {"aws:sns:topicArn": topic})


def _of_secrets(call: Call, actions: tuple[str, ...]) -> list[Need]:
    _, secret = secretsmanager._resolve(call.members["SecretId"])
    if secret is None or (call.operation == "GetSecretValue" and not secret.get("Versions")):
        return []  # nothing there to decrypt
    key = _customer_key(secret.get("KmsKeyId"))
    return via("secretsmanager", key, actions, {"SecretARN": secret_arn(call.members)})


def _of_parameters(call: Call, actions: tuple[str, ...]) -> Iterable[Need]:
    if call.operation != "PutParameter" and not call.members.get("WithDecryption"):
        return
    for name in _parameter_names(call):
        parameter = ssm._parameters.get(name)
        if parameter and parameter["Type"] == "SecureString":
            yield from via("ssm", _customer_key(parameter["KeyId"]), actions, {"PARAMETER_ARN": parameter["ARN"]})


def _parameter_names(call: Call) -> list[str]:
    if "Path" not in call.members:
        return list(call.members.get("Names") or [call.members["Name"]])
    folder = call.members["Path"].rstrip("/") + "/"
    return [name for name in ssm._parameters if name.startswith(folder)]


def _of_dynamodb(call: Call, actions: tuple[str, ...]) -> Iterable[Need]:
    parts = [part for item in call.members.get("TransactItems", ()) for part in item.values() if part]
    for table in sorted({part["TableName"] for part in parts} or {call.members["TableName"]}):
        described = (dynamodb._tables.get(table) or {}).get("SSEDescription") or {}
        context = {"aws:dynamodb:tableName": table, "aws:dynamodb:subscriberId": get_account_id()}
        yield from via("dynamodb", _customer_key(described.get("KMSMasterKeyArn")), actions, context)


_OF_SERVICES: Mapping[str, Callable[[Call, tuple[str, ...]], Iterable[Need]]] = {
    "s3": _of_s3,
    "sqs": _of_sqs,
    "sns": _of_sns,
    "secretsmanager": _of_secrets,
    "ssm": _of_parameters,
    "dynamodb": _of_dynamodb,
}


def _customer_key(key: str | None) -> str | None:
    """The ARN of a key that a customer manages; None for no key and for keys that AWS manages."""
    if not key or "alias/aws/" in key:
        return None
    return arn("kms", key if key.startswith(("arn:", "alias/", "key/")) else f"key/{key}")
