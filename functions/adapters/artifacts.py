"""Manifests and results of curation runs in the artifacts bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.raw_store import read_object


@dataclass(frozen=True)
class S3Artifacts:
    """The folder `curation/{run_id}/`."""

    s3: Any
    bucket: str

    def put_manifest(self, run_id: str, body: bytes) -> str:
        """Write a run's manifest; its URI."""
        key = f"curation/{run_id}/manifest.json"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")
        return f"s3://{self.bucket}/{key}"

    def results_uri(self, run_id: str) -> str:
        """Where the job writes its results."""
        return f"s3://{self.bucket}/curation/{run_id}/results.json"

    def read(self, uri: str) -> bytes:
        """Read an artifact by its URI."""
        parts = urlsplit(uri)
        return read_object(self.s3, parts.netloc, parts.path.lstrip("/"))
