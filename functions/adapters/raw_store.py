"""The raw bucket: documents by multipart upload in constant memory, their sidecars last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from ingestion.errors import NotFound

from adapters.aws import error_code

PART_BYTES = 8 * 1024 * 1024
"""S3 wants at least 5 MiB for every part but the last, and at most 10,000 parts: this reaches 80 GB."""
# Without the permission ListBucket, S3 answers AccessDenied for what is not there.
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "AccessDenied"})


@dataclass
class MultipartUpload:
    """One object that is being written.

    Small ones are put in one piece; larger ones appear when their last part is acknowledged.
    """

    s3: Any
    bucket: str
    key: str
    _buffer: bytearray = field(default_factory=bytearray)
    _upload_id: str | None = None
    _parts: list[dict[str, Any]] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        """Add bytes; a part is sent whenever there are enough."""
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]

    def complete(self) -> None:
        """Make the object appear."""
        if self._upload_id is None:
            self.s3.put_object(
                Bucket=self.bucket, Key=self.key, Body=bytes(self._buffer), ContentType="application/gzip"
            )
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        self.s3.complete_multipart_upload(
            Bucket=self.bucket, Key=self.key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )

    def abort(self) -> None:
        """Discard the parts that were sent."""
        if self._upload_id is not None:
            self.s3.abort_multipart_upload(Bucket=self.bucket, Key=self.key, UploadId=self._upload_id)

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            self._upload_id = self.s3.create_multipart_upload(
                Bucket=self.bucket, Key=self.key, ContentType="application/gzip"
            )["UploadId"]
        number = len(self._parts) + 1
        answer = self.s3.upload_part(
            Bucket=self.bucket, Key=self.key, UploadId=self._upload_id, PartNumber=number, Body=part
        )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


@dataclass(frozen=True)
class S3RawStore:
    """The bucket of raw documents."""

    s3: Any
    bucket: str

    def upload(self, key: str) -> MultipartUpload:
        """Begin an object."""
        return MultipartUpload(self.s3, self.bucket, key)

    def put_sidecar(self, key: str, body: bytes) -> None:
        """Write a document's record."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def sidecar(self, key: str) -> bytes:
        """Read a document's record."""
        return read_object(self.s3, self.bucket, key)


def read_object(s3: Any, bucket: str, key: str) -> bytes:
    """A small object's bytes; NotFound when it is not there."""
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error_code(error) in _ABSENT:
            raise NotFound(f"there is no readable object s3://{bucket}/{key}") from error
        raise
    return body
