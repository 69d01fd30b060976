"""The raw bucket in memory. It passes the same suite as the real one (tests/unit/adapters/test_raw_store.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.errors import NotFound


@dataclass
class FakeUpload:
    store: FakeRawStore
    key: str
    data: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes) -> None:
        self.data += data

    def complete(self) -> None:
        self.store.objects[self.key] = bytes(self.data)

    def abort(self) -> None:
        self.store.aborted.append(self.key)


class FakeRawStore:
    bucket = "raw"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.aborted: list[str] = []
        self.fail_sidecar = 0

    def upload(self, key: str) -> FakeUpload:
        return FakeUpload(self, key)

    def put_sidecar(self, key: str, body: bytes) -> None:
        if self.fail_sidecar:
            self.fail_sidecar -= 1
            raise OSError("injected")
        self.objects[key] = body

    def sidecar(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFound(key)
        return self.objects[key]
