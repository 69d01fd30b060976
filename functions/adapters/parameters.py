"""Parameter Store: the configuration that Terraform wrote.

Every parameter is encrypted, so reading costs a decryption each, and most ticks would read what has not changed. The
parameter `index`, which holds no configuration and is not encrypted, has a digest of each folder; Terraform writes it
last. It is read once a minute at most, and a folder only when its digest changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from ingestion.configuration.accounts import Account, Enablement, Fault, Region
from ingestion.configuration.contracts import RequestContract
from ingestion.errors import ConfigurationMissing

from adapters.aws import error_code, named_errors

INDEX = "index"
_KEPT_SECONDS = 50.0  # below a minute, so that each tick of dispatch_reports reads the index anew
_T = TypeVar("_T")
_Texts = dict[str, str]
_Of = tuple[str | None, str | None]
"""The account and the source that a parameter is about."""
log = logging.getLogger(__name__)


def digest(parameters: Mapping[str, str]) -> str:
    """The digest of a folder's parameters, as Terraform computes it (terraform/modules/reports/parameters.tf)."""
    lines = (f"{name} {hashlib.sha256(value.encode()).hexdigest()}" for name, value in sorted(parameters.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class _Kept:
    """Parameters, when they were read, and the digest of the index that they are known to agree with."""

    read_at: float
    agrees_with: str | None
    texts: _Texts


@dataclass(frozen=True)
class ParameterConfiguration:
    """The parameters under `/{prefix}/`."""

    ssm: Any
    prefix: str
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def accounts(self) -> dict[str, Account]:
        """All accounts by name."""
        return {account.name: account for account in self._accounts()[0]}

    def account(self, name: str) -> Account:
        """One account."""
        path = f"accounts/{name}"
        return Account.parse(_parsed(self._path(path), self._one(path)))

    def enablements(self) -> list[Enablement]:
        """Sources switched on, by account."""
        return self._enablements()[0]

    def contracts(self) -> dict[str, RequestContract]:
        """The request part of every contract."""
        return {contract.source: contract for contract in self._contracts()[0]}

    def faults(self) -> tuple[Fault, ...]:
        """The parameters of accounts, their sources and contracts that cannot be read."""
        return tuple(self._accounts()[1] + self._enablements()[1] + self._contracts()[1])

    def region(self, name: str) -> Region:
        """One of Amazon's regions."""
        path = f"regions/{name}"
        return Region.parse(name, _parsed(self._path(path), self._one(path)))

    def _accounts(self) -> tuple[list[Account], list[Fault]]:
        names: dict[str, _Of] = {
            name: (name.split("/")[1], None) for name in self._folder("accounts") if "/sources/" not in name
        }
        return self._readable("accounts", names, lambda _, data: Account.parse(data))

    def _enablements(self) -> tuple[list[Enablement], list[Fault]]:
        names: dict[str, _Of] = {}
        for name in self._folder("accounts"):
            account, found, source = name.removeprefix("accounts/").partition("/sources/")
            if found:
                names[name] = (account, source)
        return self._readable("accounts", names, lambda of, data: Enablement.parse(of[0] or "", of[1] or "", data))

    def _contracts(self) -> tuple[list[RequestContract], list[Fault]]:
        names: dict[str, _Of] = {name: (None, name.removeprefix("reports/")) for name in self._folder("reports")}
        return self._readable("reports", names, lambda of, data: RequestContract.parse(of[1] or "", data))

    def _readable(
        self,
        folder: str,
        names: Mapping[str, _Of],
        parse: Callable[[_Of, dict[str, Any]], _T],
    ) -> tuple[list[_T], list[Fault]]:
        """What can be read of some parameters, and a fault for each of the others."""
        texts, found, faults = self._folder(folder), [], []
        for name, of in names.items():
            path = self._path(name)
            try:
                found.append(parse(of, _parsed(path, texts[name])))
            except ConfigurationMissing as error:
                faults.append(Fault(path, *of, str(error)))
        return found, faults

    def _one(self, name: str) -> str:
        folder, path = name.partition("/")[0], self._path(name)
        version = self._version(folder)
        kept = self._fresh(folder, version) or self._fresh(name, version)
        if kept is not None and name in kept.texts:
            return kept.texts[name]
        text = self._get(path)
        if text is None:
            raise ConfigurationMissing(f"there is no parameter {path}: configure it and run terraform apply")
        # The index came after what it tells of: what was read after the index is as new as it.
        self._kept[name] = _Kept(self.monotonic(), version, {name: text})
        return text

    def _folder(self, folder: str) -> _Texts:
        """All parameters of a folder, by their names below the prefix."""
        version = self._version(folder)
        kept = self._fresh(folder, version)
        if kept is not None:
            return kept.texts
        # The last slash carries the permission: the policy's `parameter/{prefix}/accounts/*` matches the path
        # `.../accounts/`, and not `.../accounts`.
        path = f"/{self.prefix}/{folder}/"
        with named_errors():
            pages = self.ssm.get_paginator("get_parameters_by_path").paginate(
                Path=path, Recursive=True, WithDecryption=True
            )
            texts = {
                str(one["Name"]).removeprefix(f"/{self.prefix}/"): str(one["Value"])
                for page in pages
                for one in page["Parameters"]
            }
        agrees = version is not None and digest(texts) == version
        if version is not None and not agrees:
            log.warning(
                "the parameters do not agree with their index: an apply is under way, or one was changed by hand",
                extra={"folder": path},
            )
        # What does not agree, as in the middle of an apply, is read again in the next tick.
        self._kept[folder] = _Kept(self.monotonic(), version if agrees else None, texts)
        return texts

    def _fresh(self, name: str, version: str | None) -> _Kept | None:
        kept = self._kept.get(name)
        if kept is None:
            return None
        agrees = version is not None and kept.agrees_with == version
        return kept if agrees or self.monotonic() - kept.read_at < _KEPT_SECONDS else None

    def _version(self, folder: str) -> str | None:
        """The digest that the index has of a folder; None when there is no index that can be read."""
        kept = self._kept.get(INDEX)
        if kept is None or self.monotonic() - kept.read_at >= _KEPT_SECONDS:
            text = self._get(self._path(INDEX))
            kept = self._kept[INDEX] = _Kept(self.monotonic(), None, self._versions(text))
        return kept.texts.get(folder)

    def _versions(self, text: str | None) -> _Texts:
        if text is None:
            log.warning("all parameters are read each time: there is no index", extra={"path": self._path(INDEX)})
            return {}
        try:
            data = _parsed(self._path(INDEX), text)
        except ConfigurationMissing as error:
            log.warning("all parameters are read each time: %s", error)
            return {}
        return {folder: version for folder, version in data.items() if isinstance(version, str)}

    def _get(self, path: str) -> str | None:
        with named_errors():
            try:
                return str(self.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"])
            except ClientError as error:
                if error_code(error) == "ParameterNotFound":
                    return None
                raise

    def _path(self, name: str) -> str:
        return f"/{self.prefix}/{name}"


def _parsed(path: str, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ConfigurationMissing(f"the parameter {path} is not a JSON object: run terraform apply")
    return data
