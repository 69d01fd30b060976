"""Amazon S3 events and AWS Secrets Manager versions."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.mark.patch("object_events_name_the_version")
def test_an_object_created_event_names_the_version(lab, unique):
    bucket, (url, arn), rule = lab.bucket(), lab.queue(), unique()
    s3 = lab.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"suffix": ".json"}]}},
    }
    made = lab.client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
    lab.admit(url, arn, "events", made)
    lab.client("events").put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])
    s3.put_object(Bucket=bucket, Key="raw/a.gz", Body=b"1")
    version = s3.put_object(Bucket=bucket, Key="raw/a.json", Body=b"{}")["VersionId"]
    events = [json.loads(message["Body"]) for message in lab.drain(url, 1, 5)]
    assert [(event["detail"]["object"]["key"], event["detail"]["object"].get("version-id")) for event in events] == [
        ("raw/a.json", version)
    ]


@pytest.mark.patch("secret_versions_are_idempotent")
def test_a_client_request_token_is_idempotent(lab, unique):
    secrets, token = lab.client("secretsmanager"), unique() + unique() + unique()
    name = secrets.create_secret(Name=unique(), SecretString="one")["Name"]
    for _ in range(2):
        assert (
            secrets.put_secret_value(SecretId=name, SecretString="two", ClientRequestToken=token)["VersionId"] == token
        )
    with pytest.raises(ClientError, match="ResourceExistsException"):
        secrets.put_secret_value(SecretId=name, SecretString="three", ClientRequestToken=token)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"


@pytest.mark.patch("secrets_without_value_have_no_version")
def test_a_secret_created_without_a_value_has_no_version(lab, unique):
    secrets = lab.client("secretsmanager")
    name = secrets.create_secret(Name=unique())["Name"]
    assert not secrets.describe_secret(SecretId=name).get("VersionIdsToStages")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=name)
    secrets.put_secret_value(SecretId=name, SecretString="one")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
