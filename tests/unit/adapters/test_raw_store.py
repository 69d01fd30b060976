"""The same behaviour of the raw store in memory and of the one in S3."""

from __future__ import annotations

import os

import boto3
import pytest
from adapters.raw_store import PART_BYTES, S3RawStore
from botocore.exceptions import ClientError
from ingestion.documents.port import RawStore
from ingestion.errors import (
    NotFound,
)

from tests.unit.fakes.raw_store import FakeRawStore


@pytest.fixture(params=["fake", "real"])
def raw_store(request: pytest.FixtureRequest) -> RawStore:
    if request.param == "fake":
        return FakeRawStore()
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return S3RawStore(s3, "raw")


def test_raw_store(raw_store: RawStore) -> None:
    upload = raw_store.upload("raw/small.gz")
    upload.write(b"small")
    upload.complete()
    upload = raw_store.upload("raw/none.gz")
    upload.write(b"x")
    upload.abort()
    raw_store.put_sidecar("raw/small.json", b"{}")
    assert raw_store.sidecar("raw/small.json") == b"{}"
    with pytest.raises(NotFound):
        raw_store.sidecar("raw/none.gz")


def test_large_documents_go_up_in_parts(aws: None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = os.urandom(PART_BYTES * 2 + 5)
    upload = S3RawStore(s3, "raw").upload("raw/large.gz")
    for start in range(0, len(body), 300_000):
        upload.write(body[start : start + 300_000])
        assert len(upload._buffer) < PART_BYTES + 300_000
    with pytest.raises(ClientError):
        s3.head_object(Bucket="raw", Key="raw/large.gz")
    upload.complete()
    assert s3.get_object(Bucket="raw", Key="raw/large.gz")["Body"].read() == body
    given_up = S3RawStore(s3, "raw").upload("raw/given_up.gz")
    given_up.write(body)
    given_up.abort()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="raw")
