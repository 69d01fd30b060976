"""Requests that the emulator answers before its dispatcher: root's, or not answered there."""

import asyncio

import pytest

from local_cloud.emulator.permissions import over_http, principals

SERVED = (200, {}, b"served")
ROLE = "arn:aws:iam::123456789012:role/report"


async def served(*_, **__):
    return SERVED


def signed(key):
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/s3/aws4_request, Signature=x"}


@pytest.fixture
def session():
    return principals.credentials(ROLE, "run")["AWS_ACCESS_KEY_ID"]


def special(headers, path="/k"):
    return asyncio.run(over_http._special(served, "GET", path, headers, b"", {}, "id", client_ip="127.0.0.1"))


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/_ministack/sqs/messages", "/_ministack/config", "/_localstack/health", "/bucket"]
)
def test_only_the_health_of_the_emulator_is_told_without_a_signature(path):
    answer = asyncio.run(over_http._unsigned(served, "GET", path, {}, {}, "id"))
    assert answer is None
    assert asyncio.run(over_http._unsigned(served, "GET", "/_ministack/health", {}, {}, "id")) == SERVED


@pytest.mark.parametrize(
    "host",
    ["raw.s3.localhost:4566", "raw.localhost", "x.lambda-url.eu-west-1.localhost", "a.execute-api.localhost", ""],
)
def test_a_role_reaches_nothing_by_the_name_of_a_host(host, session):
    status, _, body = special({"host": host, **signed(session)})
    assert status == 403
    assert b"name buckets in the path" in body


@pytest.mark.parametrize("host", ["127.0.0.1:4566", "localhost:4566", "[::1]:4566"])
@pytest.mark.parametrize("path", ["/raw/key", "/iceberg/v1/config", "/v20180820/tags/x", "/Execute"])
def test_at_the_clouds_address_a_request_goes_on_to_be_judged(host, path, session):
    assert special({"host": host, **signed(session)}, path) is None


@pytest.mark.parametrize("headers", [{}, signed("test"), signed("ASIAUNKNOWN")])
def test_nor_does_who_is_unknown(headers):
    assert special({"host": "raw.s3.localhost", **headers})[0] == 403
    assert special({"host": "127.0.0.1", **headers}) is None


def test_root_is():
    assert special({"host": "raw.s3.localhost", **signed("AKIAROOT")}) == SERVED


@pytest.mark.parametrize("path", ["/raw/key", "/2015-03-31/functions/f/invocations"])
@pytest.mark.parametrize("headers", [{}, signed("test"), signed("123456789012")])
def test_the_dispatcher_serves_nobody_without_the_right_key(path, headers):
    status, _, _ = asyncio.run(
        over_http._dispatch(served, "GET", path, {"host": "127.0.0.1", **headers}, b"", {}, "id")
    )
    assert status == 403
