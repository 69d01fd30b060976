"""The port to the artifacts of curation runs."""

from __future__ import annotations

from typing import Protocol


class Artifacts(Protocol):
    """Manifests and results of curation runs."""

    def put_manifest(self, run_id: str, body: bytes) -> str:
        """Write a manifest; its s3 URI."""

    def results_uri(self, run_id: str) -> str:
        """Where the job is to write its results."""

    def read(self, uri: str) -> bytes:
        """Read an artifact; NotFound when there is none."""
