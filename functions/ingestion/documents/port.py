"""The port to the raw store."""

from __future__ import annotations

from typing import Protocol


class Upload(Protocol):
    """An upload that is invisible until it is completed."""

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def complete(self) -> None:
        """Make the object appear, whole."""

    def abort(self) -> None:
        """Discard it."""


class RawStore(Protocol):
    """The bucket of raw documents."""

    @property
    def bucket(self) -> str:
        """Its name."""

    def upload(self, key: str) -> Upload:
        """Begin an object."""

    def put_sidecar(self, key: str, body: bytes) -> None:
        """Write a document's record. Its arrival is the event that curation follows."""

    def sidecar(self, key: str) -> bytes:
        """Read a document's record; NotFound when there is none."""
