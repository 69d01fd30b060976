"""Parameter Store: the configuration that Terraform wrote.

Read once a minute at most, because a change is rare and a decryption costs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from ingestion.configuration.accounts import Account, Enablement, Region
from ingestion.configuration.contracts import RequestContract
from ingestion.errors import ConfigurationMissing

from adapters.aws import error_code

_KEPT_SECONDS = 50.0  # below a minute, so that each tick of dispatch_reports reads the configuration anew


@dataclass(frozen=True)
class ParameterConfiguration:
    """The parameters under `/{prefix}/`."""

    ssm: Any
    prefix: str
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def accounts(self) -> dict[str, Account]:
        """All accounts by name."""
        found = self._below("accounts")
        return {name: Account.parse(data) for name, data in found.items() if "/" not in name}

    def account(self, name: str) -> Account:
        """One account."""
        return Account.parse(self._one(f"accounts/{name}"))

    def enablements(self) -> list[Enablement]:
        """Sources switched on, by account."""
        enablements = []
        for name, data in self._below("accounts").items():
            account, _, rest = name.partition("/sources/")
            if rest:
                enablements.append(Enablement.parse(account, rest, data))
        return enablements

    def contracts(self) -> dict[str, RequestContract]:
        """The request part of every contract."""
        return {source: RequestContract.parse(source, data) for source, data in self._below("reports").items()}

    def region(self, name: str) -> Region:
        """One of Amazon's regions."""
        return Region.parse(name, self._one(f"regions/{name}"))

    def _one(self, name: str) -> dict[str, Any]:
        kept = self._fresh(name)
        if kept is None:
            path = f"/{self.prefix}/{name}"
            try:
                text = self.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
            except ClientError as error:
                if error_code(error) == "ParameterNotFound":
                    raise ConfigurationMissing(
                        f"there is no parameter {path}: configure it and run terraform apply"
                    ) from error
                raise
            kept = self._keep(name, _parsed(path, text))
        return kept

    def _below(self, folder: str) -> dict[str, dict[str, Any]]:
        kept = self._fresh(f"{folder}/*")
        if kept is None:
            path = f"/{self.prefix}/{folder}/"
            pages = self.ssm.get_paginator("get_parameters_by_path").paginate(
                Path=path, Recursive=True, WithDecryption=True
            )
            kept = self._keep(
                f"{folder}/*",
                {
                    p["Name"].removeprefix(path): _parsed(p["Name"], p["Value"])
                    for page in pages
                    for p in page["Parameters"]
                },
            )
        return kept

    def _fresh(self, name: str) -> dict[str, Any] | None:
        at, value = self._kept.get(name, (float("-inf"), {}))
        return value if self.monotonic() - at < _KEPT_SECONDS else None

    def _keep(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        self._kept[name] = (self.monotonic(), value)
        return value


def _parsed(path: str, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ConfigurationMissing(f"the parameter {path} is not a JSON object: run terraform apply")
    return data
