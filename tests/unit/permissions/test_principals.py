"""Who calls: the key of root is one, and all others are a role's session or nobody's."""

import pytest

from local_cloud.emulator.permissions import principals
from local_cloud.emulator.permissions.judging import SOURCE_IS_SENT

ROLE = "arn:aws:iam::123456789012:role/report"


def test_root_has_the_key_that_the_cloud_was_started_with(monkeypatch):
    assert principals.of_key("AKIAROOT").is_root
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(principals.UnknownCallerError):
        principals.of_key("AKIAROOT")


@pytest.mark.parametrize("key", ["test", "123456789012", "000000000000", "AKIAROOT2", "ASIAUNKNOWN"])
def test_no_other_key_is_roots(key):
    with pytest.raises(principals.UnknownCallerError) as refused:
        principals.of_key(key)
    assert refused.value.code == "UnrecognizedClientException"


def test_a_request_without_a_signature_is_nobodys():
    with pytest.raises(principals.UnknownCallerError, match="not signed") as refused:
        principals.of_key("")
    assert refused.value.code == "MissingAuthenticationToken"


def test_a_session_of_a_role_is_the_role():
    found = principals.of_key(principals.credentials(ROLE, "run")["AWS_ACCESS_KEY_ID"])
    assert (found.name, found.is_root) == ("role/report", False)


def test_a_service_names_its_resource_only_where_that_is_documented():
    assert "aws:SourceArn" not in principals.of_service("glue.amazonaws.com").keys
    assert principals.of_service("states.amazonaws.com", "arn:x").keys["aws:SourceArn"] == "arn:x"
    assert "glue.amazonaws.com" not in SOURCE_IS_SENT


def test_nobody_guesses_the_key_of_a_role(monkeypatch):
    first = principals.credentials(ROLE, "run")
    assert principals.credentials(ROLE, "run") == first
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret of another cloud")
    assert not set(first.values()) & set(principals.credentials(ROLE, "run").values())
