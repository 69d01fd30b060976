"""Object stores for documents, manifests and results: S3, or local files in tests."""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from curation.errors import RefusedError


class Store(Protocol):
    """Objects by URI. Implementations hold no connection, so that they travel to the workers."""

    def open(self, uri: str) -> BinaryIO:
        """Return the object as a stream. Raises RefusedError (ObjectMissing) when there is none."""

    def write(self, uri: str, content: bytes, content_type: str) -> None:
        """Write the object, replacing an older one."""


class Files:
    """Local files; a URI is a path, with or without file://."""

    def open(self, uri: str) -> BinaryIO:
        """Return the file as a stream. Raises RefusedError (ObjectMissing) when there is none."""
        try:
            return Path(uri.removeprefix("file://")).open("rb")
        except FileNotFoundError as error:
            raise RefusedError("ObjectMissing", f"{uri} does not exist") from error

    def write(self, uri: str, content: bytes, content_type: str) -> None:
        """Write the file, creating its folder."""
        path = Path(uri.removeprefix("file://"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass(frozen=True)
class S3:
    """Objects in S3 by boto3: no Hadoop file system, no listing, the endpoint and the role from the environment.

    The region is given: a Python worker's environment may lack it.
    """

    region: str

    def open(self, uri: str) -> BinaryIO:
        """Return the object as a buffered stream. Raises RefusedError (ObjectMissing) when there is none."""
        client, bucket, key = _client(self.region), *_address(uri)
        try:
            body = client.get_object(Bucket=bucket, Key=key)["Body"]
        except client.exceptions.NoSuchKey as error:
            raise RefusedError("ObjectMissing", f"{uri} does not exist") from error
        return cast(BinaryIO, io.BufferedReader(_Body(body), 1 << 20))

    def write(self, uri: str, content: bytes, content_type: str) -> None:
        """Write the object, replacing an older one."""
        bucket, key = _address(uri)
        _client(self.region).put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)


@dataclass(frozen=True)
class ByScheme:
    """S3 in one region for s3:// URIs, local files for the rest."""

    region: str

    def open(self, uri: str) -> BinaryIO:
        """Return the object as a stream. Raises RefusedError (ObjectMissing) when there is none."""
        return self._store(uri).open(uri)

    def write(self, uri: str, content: bytes, content_type: str) -> None:
        """Write the object, replacing an older one."""
        self._store(uri).write(uri, content, content_type)

    def _store(self, uri: str) -> Store:
        return S3(self.region) if uri.startswith("s3://") else Files()


class _Body(io.RawIOBase):
    """A botocore body as a raw stream: it offers read() but no readinto()."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._body.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


def _address(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


@cache
def _client(region: str) -> Any:
    # boto3 takes a second to import: only who reads S3 pays for it. One client per worker process.
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        region_name=region,
        config=Config(retries={"mode": "standard", "max_attempts": 6}, read_timeout=60, connect_timeout=10),
    )
