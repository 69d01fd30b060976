"""Parameter Store in memory: it counts the calls, and the decryptions of KMS that they imply."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from adapters.parameters import INDEX, digest
from botocore.exceptions import ClientError

_PAGE = 10  # GetParametersByPath returns ten at most (SSM API reference)


class FakeParameterStore:
    """Parameters by their names below `/lake/`; all but the index are encrypted."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.calls = 0
        self.decryptions = 0
        self.not_found = 0
        self.pages_by_path: list[str] = []
        self.between_pages: Callable[[], object] | None = None

    def put(self, name: str, value: Any) -> None:
        self.values[name] = value if isinstance(value, str) else json.dumps(value)

    def write_index(self) -> None:
        """As Terraform writes it, last."""
        folders = {name.partition("/")[0] for name in self.values if "/" in name}
        self.put(INDEX, {folder: digest(self.of(folder)) for folder in folders})

    def of(self, folder: str) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if name.startswith(f"{folder}/")}

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:
        self.calls += 1
        name = Name.removeprefix("/lake/")
        if name not in self.values:
            self.not_found += 1
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        self.decryptions += name != INDEX
        return {"Parameter": {"Name": Name, "Value": self.values[name]}}

    def get_paginator(self, operation: str) -> FakeParameterStore:
        assert operation == "get_parameters_by_path"
        return self

    def paginate(self, *, Path: str, Recursive: bool, WithDecryption: bool) -> Iterator[dict[str, Any]]:
        self.pages_by_path.append(Path)
        names = sorted(self.of(Path.removeprefix("/lake/").rstrip("/")))
        for begin in range(0, max(len(names), 1), _PAGE):
            page = [name for name in names[begin : begin + _PAGE] if name in self.values]
            self.calls += 1
            self.decryptions += len(page)
            yield {"Parameters": [{"Name": f"/lake/{name}", "Value": self.values[name]} for name in page]}
            if self.between_pages:
                self.between_pages()
