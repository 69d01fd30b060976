"""The document store behind getReportDocument: files on disk, and signed URLs that expire after five minutes.

Source: SP-API docs, "Retrieve a report"; Amazon S3 docs, "Error responses" and "Authenticating requests: using query
parameters".
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from local_cloud.selling_partner.clock import Clock
from local_cloud.world.business import Document

URL_LIFETIME = timedelta(seconds=300)
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class StoredDocument:
    """A document as served: where its bytes are, and under which Content-Type."""

    id: str
    path: Path
    content_type: str


class StorageError(Exception):
    """A refusal by the document store: HTTP status and an S3 error document."""

    def __init__(self, status: int, code: str, message: str, **extra: str) -> None:
        super().__init__(message)
        self.status = status
        fields = {"Code": code, "Message": message, **extra}
        self.body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
            + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
            + "</Error>"
        )


class DocumentStore:
    """Keeps documents by id in a folder and signs URLs to them."""

    def __init__(self, folder: Path, clock: Clock, key: bytes) -> None:
        self._folder = folder
        self._clock = clock
        self._key = key
        self._documents: dict[str, StoredDocument] = {}
        self._later: dict[str, Callable[[], Document]] = {}
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.iterdir():
            left_over.unlink()  # of an earlier run: no report names it any more

    def put(self, document_id: str, compressed: bytes, content_type: str) -> None:
        """Keep a document under its id."""
        path = self._folder / hashlib.sha256(document_id.encode()).hexdigest()
        path.write_bytes(compressed)
        self._documents[document_id] = StoredDocument(document_id, path, content_type)

    def put_later(self, document_id: str, make: Callable[[], Document]) -> None:
        """Keep a document that is made and compressed when it is first opened."""
        self._later[document_id] = make

    def sign(self, base_url: str, document_id: str, *, content_encoding_header: bool) -> str:
        """Return a URL to a document that works for five minutes from now."""
        parameters = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"SIMULATOR/{self._clock.now():%Y%m%d}/us-east-1/s3/aws4_request",
            "X-Amz-Date": self._clock.now().strftime(_STAMP),
            "X-Amz-Expires": str(int(URL_LIFETIME.total_seconds())),
            "X-Amz-SignedHeaders": "host",
        }
        if content_encoding_header:
            parameters["response-content-encoding"] = "gzip"
        parameters["X-Amz-Signature"] = self._signature(document_id, parameters)
        return f"{base_url}/documents/{quote(document_id, safe='')}?{urlencode(parameters)}"

    def open(self, document_id: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> StoredDocument:
        """Check a request for a document as S3 does and return the document; a StorageError is the refusal."""
        if "authorization" in headers:
            raise StorageError(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed",
            )
        if "x-amz-access-token" in headers:
            raise StorageError(
                403,
                "AccessDenied",
                "There were headers present in the request which were not signed",
                HeadersNotSigned="x-amz-access-token",
            )
        if "X-Amz-Signature" not in parameters:
            raise StorageError(403, "AccessDenied", "Access Denied")
        unsigned = {name: value for name, value in parameters.items() if name != "X-Amz-Signature"}
        if not hmac.compare_digest(
            parameters["X-Amz-Signature"].encode(), self._signature(document_id, unsigned).encode()
        ):
            raise StorageError(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        self._check_time(parameters)
        with self._lock:
            make = self._later.pop(document_id, None)
            if make is not None:
                made = make()
                self.put(document_id, gzip.compress(made.content, mtime=0), made.content_type)
        if document_id not in self._documents:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.", Key=document_id)
        return self._documents[document_id]

    def _check_time(self, parameters: Mapping[str, str]) -> None:
        signed = datetime.strptime(parameters["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
        expires = signed + timedelta(seconds=int(parameters["X-Amz-Expires"]))
        now = self._clock.now()
        if now > expires:
            times = {"Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}", "ServerTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
            raise StorageError(
                403, "AccessDenied", "Request has expired", **{"X-Amz-Expires": parameters["X-Amz-Expires"]}, **times
            )

    def _signature(self, document_id: str, parameters: Mapping[str, str]) -> str:
        text = "\n".join([document_id, *(f"{name}={parameters[name]}" for name in sorted(parameters))])
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
