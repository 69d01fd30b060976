"""Amazon S3 events and AWS Secrets Manager versions."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import s3, secretsmanager

from local_cloud.emulator.editing import edit, wrap


def object_events_name_the_version() -> None:
    """The EventBridge event of an object in a versioned bucket has `version-id`.

    Source: Amazon S3 user guide, "EventBridge event message structure". The emulator leaves it out.
    """
    edit(
        s3,
        "_fire_s3_event",
        (
            '                if reason is not None:\n                    detail["reason"] = reason\n',
            (
                '                if reason is not None:\n                    detail["reason"] = reason\n'
                '                if version_id:\n                    detail["object"]["version-id"] = version_id\n'
            ),
        ),
    )


def secret_versions_are_idempotent() -> None:
    """PutSecretValue with a ClientRequestToken that is used already changes nothing when the value is the same, and is
    refused when it is not.

    Source: AWS Secrets Manager API reference, PutSecretValue. The emulator overwrites the version.
    """

    def put(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        token = data.get("ClientRequestToken")
        known = (secret.get("Versions") or {}).get(token) if secret and token else None
        if not known:
            return inner(data)
        if (known.get("SecretString"), known.get("SecretBinary")) != (
            data.get("SecretString"),
            data.get("SecretBinary"),
        ):
            message = (
                "You can't use ClientRequestToken because that value is already in use for a version of the secret."
            )
            return error_response_json("ResourceExistsException", message, 400)
        return json_response(
            {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token, "VersionStages": list(known["Stages"])}
        )

    wrap(secretsmanager, "_put_secret_value", put)


def secrets_without_value_have_no_version() -> None:
    """A secret created without a value has no version: GetSecretValue answers ResourceNotFoundException until one is
    put.

    Source: AWS Secrets Manager API reference, CreateSecret and GetSecretValue. The emulator makes an empty AWSCURRENT
    version.
    """

    def create(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        _, secret = secretsmanager._resolve(data.get("Name"))
        if answer[0] == HTTPStatus.OK and "SecretString" not in data and "SecretBinary" not in data:
            secret["Versions"].clear()
        return answer

    wrap(secretsmanager, "_create_secret", create)
