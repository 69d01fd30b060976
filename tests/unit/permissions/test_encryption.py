"""What a call implies at KMS: by the key of the thing itself, which the request, the thing or its container names."""

import json

import pytest
from ministack.services import athena, dynamodb, kms, s3, ssm

from local_cloud.emulator.permissions.encryption import implied
from local_cloud.emulator.permissions.requests import Call

READ, WRITE = "kms:Decrypt", "kms:GenerateDataKey"
BUCKET = "sealed"
ENCRYPTION = (
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
    "<KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>"
    "<BucketKeyEnabled>{with_bucket_key}</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
)


def new_key():
    return json.loads(kms._create_key({})[2])["KeyMetadata"]["Arn"]


@pytest.fixture
def key():
    return new_key()


@pytest.fixture
def other():
    return new_key()


@pytest.fixture
def bucket(key, monkeypatch):
    """A bucket that encrypts with `key`."""
    monkeypatch.setattr(s3, "PERSIST", False, raising=False)
    s3._create_bucket(BUCKET, b"")
    seal(key)
    yield BUCKET
    s3._buckets.pop(BUCKET)
    s3._bucket_encryption.pop(BUCKET)
    for name in [name for name in s3._object_versions if name[0] == BUCKET]:
        s3._object_versions.pop(name)


def seal(key, with_bucket_key="true"):
    s3._put_bucket_encryption(BUCKET, ENCRYPTION.format(key=key, with_bucket_key=with_bucket_key).encode())


def asked(name, **members):
    service, operation = name.split(".")
    return [(need.action, need.resource) for need in implied(Call(service, operation, members))]


def put(name, **headers):
    named = {f"x-amz-{header.replace('_', '-')}": value for header, value in headers.items()}
    assert s3._put_object(BUCKET, name, b"x", {"content-length": "1", **named})[0] == 200


def test_an_object_is_read_with_the_key_that_it_was_written_with(bucket, key, other):
    put("a")
    put("b", server_side_encryption="aws:kms", server_side_encryption_aws_kms_key_id=other)
    put("c", server_side_encryption="AES256")
    seal(new_key())
    assert asked("s3.GetObject", Bucket=bucket, Key="a") == [(READ, key)]
    assert asked("s3.GetObject", Bucket=bucket, Key="b") == [(READ, other)]
    assert asked("s3.GetObject", Bucket=bucket, Key="c") == []
    assert asked("s3.GetObject", Bucket=bucket, Key="none") == []


def test_a_version_has_a_key_of_its_own(bucket, key, other):
    s3._bucket_versioning[bucket] = "Enabled"
    put("a")
    put("a", server_side_encryption="aws:kms", server_side_encryption_aws_kms_key_id=other)
    old, new = (entry["version_id"] for entry in s3._object_versions[(bucket, "a")])
    assert asked("s3.GetObject", Bucket=bucket, Key="a", VersionId=old) == [(READ, key)]
    assert asked("s3.GetObject", Bucket=bucket, Key="a", VersionId=new) == [(READ, other)]
    s3._bucket_versioning.pop(bucket)


def test_a_checksum_is_decrypted(bucket, key):
    put("a")
    assert asked("s3.HeadObject", Bucket=bucket, Key="a") == []
    assert asked("s3.HeadObject", Bucket=bucket, Key="a", ChecksumMode="ENABLED") == [(WRITE, key), (READ, key)]


def test_the_request_chooses_the_key_before_the_bucket(bucket, key, other):
    assert asked("s3.PutObject", Bucket=bucket, Key="a") == [(WRITE, key)]
    chosen = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other}
    assert asked("s3.PutObject", Bucket=bucket, Key="a", **chosen) == [(WRITE, other)]
    assert asked("s3.PutObject", Bucket=bucket, Key="a", ServerSideEncryption="AES256") == []


def test_parts_have_the_key_of_their_upload(bucket, other):
    headers = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": other}
    assert s3._create_multipart_upload(bucket, "a", headers)[0] == 200
    upload = next(iter(s3._multipart_uploads))
    both = [(WRITE, other), (READ, other)]
    assert asked("s3.UploadPart", Bucket=bucket, Key="a", UploadId=upload) == both
    assert asked("s3.CompleteMultipartUpload", Bucket=bucket, Key="a", UploadId=upload) == both
    s3._multipart_uploads.pop(upload)


def test_the_context_is_the_bucket_only_with_a_bucket_key(bucket, key):
    def context():
        [need] = implied(Call("s3", "PutObject", {"Bucket": bucket, "Key": "a"}))
        return dict(need.context)["kms:EncryptionContext:aws:s3:arn"]

    assert context() == f"arn:aws:s3:::{bucket}"
    seal(key, "false")
    assert context() == f"arn:aws:s3:::{bucket}/a"


def test_results_of_queries_are_encrypted_with_their_workgroups_key(bucket, key, other, monkeypatch):
    place = {"OutputLocation": f"s3://{bucket}/athena/"}
    monkeypatch.setitem(athena._workgroups, "plain", {"Configuration": {"ResultConfiguration": place}})
    own = {**place, "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": other}}
    monkeypatch.setitem(athena._workgroups, "own", {"Configuration": {"ResultConfiguration": own}})
    put("athena/q.csv")
    done = {"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/athena/q.csv"}}
    monkeypatch.setitem(athena._executions, "q", done)
    start = "athena.StartQueryExecution"
    assert asked(start, QueryString="SELECT 1", WorkGroup="plain") == [(WRITE, key), (READ, key)]
    assert asked(start, QueryString="SELECT 1", WorkGroup="own") == [(WRITE, other), (READ, other)]
    assert asked("athena.GetQueryResults", QueryExecutionId="q") == [(READ, key)]


@pytest.fixture
def parameters(key):
    secure = {"Type": "SecureString", "KeyId": key}
    for name in ("/p/a", "/p/a/below"):
        ssm._put_parameter({"Name": name, "Value": "x", **secure})
    yield
    for name in ("/p/a", "/p/a/below"):
        ssm._parameters.pop(name)


@pytest.mark.parametrize("name", ["/p/a", "/p/a:1", "arn:aws:ssm:eu-west-1:123456789012:parameter/p/a"])
def test_a_parameter_is_decrypted_however_it_is_named(parameters, key, name):
    assert asked("ssm.GetParameter", Name=name, WithDecryption=True) == [(READ, key)]
    assert asked("ssm.GetParameters", Names=[name], WithDecryption=True) == [(READ, key)]
    assert asked("ssm.GetParameter", Name=name) == []


def test_parameters_below_a_path_are_decrypted(parameters, key):
    assert asked("ssm.GetParametersByPath", Path="/p/", WithDecryption=True) == [(READ, key)]
    assert asked("ssm.GetParametersByPath", Path="/p", WithDecryption=True, Recursive=True) == 2 * [(READ, key)]


def test_a_parameter_is_encrypted_with_the_key_that_the_request_names(parameters, other):
    new = {"Name": "/p/new", "Value": "x", "Type": "SecureString"}
    assert asked("ssm.PutParameter", **new, KeyId=other) == [("kms:Encrypt", other)]
    assert asked("ssm.PutParameter", **new, KeyId=other, Tier="Advanced") == [(WRITE, other)]
    assert asked("ssm.PutParameter", **new) == []
    assert asked("ssm.PutParameter", **{**new, "Type": "String"}, KeyId=other) == []
    assert asked("ssm.PutParameter", Name="/p/a", Value="y", Overwrite=True, KeyId=other) == [("kms:Encrypt", other)]


def test_a_table_is_encrypted_however_it_is_named(key, monkeypatch):
    described = {"SSEDescription": {"KMSMasterKeyArn": key}}
    monkeypatch.setitem(dynamodb._tables, "ledger", described)
    for name in ("ledger", "arn:aws:dynamodb:eu-west-1:123456789012:table/ledger"):
        assert asked("dynamodb.GetItem", TableName=name, Key={}) == [(READ, key)]
        assert asked("dynamodb.TransactWriteItems", TransactItems=[{"Put": {"TableName": name}}]) == [(READ, key)]


def test_an_alias_is_its_key(bucket, key):
    kms._create_alias({"AliasName": "alias/data", "TargetKeyId": key})
    for name in ("alias/data", "arn:aws:kms:eu-west-1:123456789012:alias/data", key.rpartition("/")[2], key):
        assert asked("s3.PutObject", Bucket=bucket, Key="a", SSEKMSKeyId=name) == [(WRITE, key)]
    assert asked("s3.PutObject", Bucket=bucket, Key="a", SSEKMSKeyId="alias/aws/s3") == []
