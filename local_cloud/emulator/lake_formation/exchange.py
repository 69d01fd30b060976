"""What the process that serves the catalogue and the one that serves Lake Formation tell each other, over HTTP."""

import os
from collections.abc import Mapping
from typing import Any

import requests

from local_cloud.emulator.lake_formation.access import Governance

STATE, CREATED, DELETED = "/_governance/state", "/_governance/created", "/_governance/deleted"
_SECONDS = 10.0


def governance() -> Governance:
    """What Lake Formation stores at this moment."""
    return Governance.from_state(_post(STATE, {}))


def tell_created(database: str, table: str | None, creator: str | None, defaults: Any = None) -> None:
    """Let Lake Formation give a new database or table its default grants, and its creator all of it.

    `defaults` are those that a new database names for its tables; None: those of the settings.
    """
    _post(CREATED, {"database": database, "table": table, "creator": creator, "defaults": defaults})


def tell_deleted(database: str, table: str | None) -> None:
    """Let Lake Formation forget the grants and tags of what is no longer there."""
    _post(DELETED, {"database": database, "table": table})


def is_from_the_emulator(headers: Mapping[str, str]) -> bool:
    """Whether a request was sent from here: with the key that the emulator's processes share."""
    return f"Credential={os.environ['AWS_ACCESS_KEY_ID']}/" in headers.get("Authorization", "")


def _post(path: str, said: Mapping[str, Any]) -> Any:
    region = os.environ["AWS_REGION"]
    scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/{region}/lakeformation/aws4_request"
    answer = requests.post(
        os.environ["AWS_ENDPOINT_URL_LAKEFORMATION"] + path,
        json=said,
        headers={"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"},
        timeout=_SECONDS,
    )
    answer.raise_for_status()
    return answer.json()
