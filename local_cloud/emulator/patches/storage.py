"""Amazon S3 events and AWS Secrets Manager versions."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import eventbridge, s3, secretsmanager

from local_cloud.emulator.editing import wrap


def object_events_name_the_version() -> None:
    """The EventBridge event of an object in a versioned bucket has `version-id`.

    Source: Amazon S3 user guide, "EventBridge event message structure".
    Upstream: ministack.services.s3._fire_s3_event leaves it out.
    Remove when: the event of an object in a versioned bucket names the version that PutObject returned
    (test_storage.py).
    """
    version: ContextVar[str | None] = ContextVar("object_version", default=None)

    def fire(inner: Callable[..., None], *arguments: Any, **keywords: Any) -> None:
        previous = version.set(keywords.get("version_id"))
        try:
            inner(*arguments, **keywords)
        finally:
            version.reset(previous)

    def dispatch(inner: Callable[..., None], event: dict[str, Any], *view: Any) -> None:
        if event.get("Source") == "aws.s3" and version.get():
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = version.get()
            event = {**event, "Detail": json.dumps(detail)}
        inner(event, *view)

    wrap(s3, "_fire_s3_event", fire)
    wrap(eventbridge, "_dispatch_event", dispatch)


def secret_versions_are_idempotent() -> None:
    """PutSecretValue with a ClientRequestToken that is in use changes nothing or is refused.

    It changes nothing when the value is the same, and is refused when it is another.

    Source: AWS Secrets Manager API reference, PutSecretValue.
    Upstream: ministack.services.secretsmanager._put_secret_value overwrites the version.
    Remove when: a second value under the same token is a ResourceExistsException (test_storage.py).
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
    """A secret created without a value has no version until one is put.

    GetSecretValue answers ResourceNotFoundException.

    Source: AWS Secrets Manager API reference, CreateSecret and GetSecretValue.
    Upstream: ministack.services.secretsmanager._create_secret makes an empty AWSCURRENT version.
    Remove when: GetSecretValue of such a secret is a ResourceNotFoundException (test_storage.py).
    """

    def create(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        _, secret = secretsmanager._resolve(data.get("Name"))
        if answer[0] == HTTPStatus.OK and "SecretString" not in data and "SecretBinary" not in data:
            secret["Versions"].clear()
        return answer

    wrap(secretsmanager, "_create_secret", create)
