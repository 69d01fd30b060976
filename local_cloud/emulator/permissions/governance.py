"""The same for moto's process, which serves Lake Formation: it asks the process that knows roles and policies."""

import json
import os
from contextvars import ContextVar
from typing import Any

import requests
from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse

from local_cloud.emulator.editing import replace_method
from local_cloud.emulator.lake_formation import NOBODY
from local_cloud.emulator.permissions import ASKED_BY_GOVERNANCE

_SECONDS = 10.0
caller: ContextVar[str] = ContextVar("caller", default=NOBODY)
"""Who makes the call that is being served, as Lake Formation's grants name them."""


class AccessDeniedException(JsonRESTError):  # type: ignore[misc]  # moto has no types
    """What Lake Formation answers to who may not."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("AccessDeniedException", message)


def governance_is_judged() -> None:
    """Lake Formation serves only what IAM allows.

    It asks the process that knows roles and policies.

    Source: AWS Lake Formation developer guide, "Overview of Lake Formation permissions" (IAM permissions come first).
    Upstream: moto.core.responses.BaseResponse.call_action serves everybody everything.
    Remove when: both emulators share their roles and policies (test_permissions.py).
    """
    inner: Any = None

    def call_action(self: Any) -> Any:
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        asked = {
            "access_key": key,
            "service": self.service_name,
            "operation": self._get_action(),
            "members": json.loads(self.body or "{}"),
        }
        answer = requests.post(os.environ["LOCAL_CLOUD_AWS"] + ASKED_BY_GOVERNANCE, json=asked, timeout=_SECONDS)
        answer.raise_for_status()
        said = answer.json()
        if said["refused"]:
            raise AccessDeniedException(said["refused"])
        caller.set(said["caller"])
        return inner(self)

    inner = replace_method(BaseResponse, "call_action", call_action)
