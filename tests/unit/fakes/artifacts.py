"""The artifacts bucket in memory."""

from __future__ import annotations

from ingestion.errors import NotFound


class FakeArtifacts:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.fail_manifest = 0

    def put_manifest(self, run_id: str, body: bytes) -> str:
        if self.fail_manifest:
            self.fail_manifest -= 1
            raise OSError("injected")
        uri = f"s3://artifacts/curation/{run_id}/manifest.json"
        self.objects[uri] = body
        return uri

    def results_uri(self, run_id: str) -> str:
        return f"s3://artifacts/curation/{run_id}/results.json"

    def read(self, uri: str) -> bytes:
        if uri not in self.objects:
            raise NotFound(uri)
        return self.objects[uri]
