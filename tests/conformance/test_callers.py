"""Each port of a local cloud: no page of a browser is served, nobody without the cloud's own keys, no other user."""

import stat
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from local_cloud import callers, cloud

PORTS = ("aws", "lakeformation", "quicksight", "selling_partner")
PATHS = {
    "aws": "/_ministack/health",
    "lakeformation": "/moto-api/",
    "quicksight": "/moto-api/",
    "selling_partner": "/_simulator/clock",
}
OF_PAGES = [
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"},
    {"Host": "rebound.evil.example"},
    {"Sec-Fetch-Site": "same-origin"},
]


def answer(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as found:
            return found.status, found.headers, found.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory):
    """A whole cloud, with a simulator."""
    folder = tmp_path_factory.mktemp("callers") / "cloud"
    yield folder, cloud.start(folder)
    cloud.stop(folder)


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("headers", OF_PAGES, ids=" ".join)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_port_serves_a_page(own_cloud, port, headers, method):
    _, endpoints = own_cloud
    url = getattr(endpoints, port) + PATHS[port]
    status, told, body = answer(url, method, headers, b"{}" if method == "POST" else None)
    assert status in {403, 501}  # the simulator has no OPTIONS at all
    assert "Access-Control-Allow-Origin" not in told
    assert status == 501 or body == callers.REFUSAL
    assert answer(url)[0] == 200


@pytest.mark.parametrize("key", ["test", "123456789012", "AKIAIOSFODNN7EXAMPLE", "AKIA" + "A" * 16])
@pytest.mark.parametrize("service", ["s3", "lambda", "sts", "lakeformation"])
def test_no_other_key_is_known(own_cloud, service, key):
    _, endpoints = own_cloud
    given = cloud.environment(endpoints)
    endpoint = endpoints.lakeformation if service == "lakeformation" else endpoints.aws
    client = boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=given["AWS_REGION"],
        aws_access_key_id=key,
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    call = {
        "s3": "list_buckets",
        "lambda": "list_functions",
        "sts": "get_caller_identity",
        "lakeformation": "get_data_lake_settings",
    }[service]
    with pytest.raises(ClientError):
        getattr(client, call)()


def test_two_clouds_have_two_keys(own_cloud, lab):
    _, endpoints = own_cloud
    assert endpoints.access_key != lab.endpoints.access_key
    assert endpoints.secret_key != lab.endpoints.secret_key


def test_all_that_a_cloud_writes_is_the_users_own(own_cloud):
    folder, _ = own_cloud
    open_to_others = [
        path
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []
