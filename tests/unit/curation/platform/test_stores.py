"""Object stores: the region is the one that the job was given, whatever a worker's environment says or lacks."""

import pickle

import pytest
from curation.errors import RefusedError
from curation.platform import stores
from curation.platform.stores import S3, ByScheme

from tests.unit.emulated_aws import emulated_aws


@pytest.fixture
def aws(monkeypatch):
    """AWS with a bucket in eu-central-1, and an environment that names no region, as a worker's on Glue may be."""
    with emulated_aws(monkeypatch):
        import boto3

        client = boto3.client("s3", region_name="eu-central-1")
        client.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            monkeypatch.delenv(name, raising=False)
        stores._client.cache_clear()
        yield client
    stores._client.cache_clear()


def test_objects_are_written_and_read_without_a_region_in_the_environment(aws):
    store = pickle.loads(pickle.dumps(ByScheme("eu-central-1")))
    store.write("s3://raw/a/b.json", b"{}", "application/json")
    assert aws.get_object(Bucket="raw", Key="a/b.json")["ContentType"] == "application/json"
    with store.open("s3://raw/a/b.json") as stream:
        assert stream.read() == b"{}"
    with pytest.raises(RefusedError, match="s3://raw/c does not exist"):
        store.open("s3://raw/c")


def test_the_region_given_goes_before_the_one_of_the_environment(aws, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert stores._client("eu-central-1").meta.region_name == "eu-central-1"
    assert stores._client("eu-west-1").meta.region_name == "eu-west-1"


def test_paths_are_local_files(tmp_path):
    store = ByScheme("eu-central-1")
    store.write(f"file://{tmp_path}/new/a", b"x", "text/plain")
    assert store.open(f"{tmp_path}/new/a").read() == b"x"
    assert store._store("s3://raw/a") == S3("eu-central-1")
