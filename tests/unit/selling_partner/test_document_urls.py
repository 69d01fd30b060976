"""A document's URL comes from outside: it leads to a document store over https, and nowhere else."""

from __future__ import annotations

import pytest
from ingestion.errors import SellingPartnerUnavailable
from ingestion.reports_api.values import ReportDocument
from selling_partner.document_urls import HOSTS, require_document_url
from selling_partner.http import Api, new_session
from selling_partner.reports import ReportsApi

from tests.unit.selling_partner.server import TOKEN, Amazon

AMAZON = "https://sellingpartnerapi-eu.amazon.com"
SIMULATOR = "http://127.0.0.1:4711/eu"
SIGNED = "X-Amz-Signature=canary"

FOLLOWED = [
    "https://tortuga-prod-na.s3-external-1.amazonaws.com/%2FNinetyDays/amzn1.tortuga.3.4d85",
    "https://tortuga-prod-na.s3.amazonaws.com/a",
    "https://tortuga-prod-eu.s3-eu-west-1.amazonaws.com/a",
    "https://tortuga-prod-fe.s3.us-west-2.amazonaws.com:443/a",
    "https://TORTUGA-PROD-FE.s3.us-west-2.AMAZONAWS.com/a",
    "https://d34o8swod1owfl.cloudfront.net/SAMPLE",
]
REFUSED = {
    "plain http": "http://tortuga-prod-eu.s3-eu-west-1.amazonaws.com/a",
    "another host": "https://example.com/a",
    "the name as a prefix": "https://x.s3.amazonaws.com.example.com/a",
    "the name as a suffix without a dot": "https://evils3.amazonaws.com/a",
    "the name as a user": "https://x.s3.amazonaws.com@example.com/a",
    "the name as a user of a store": "https://example.com@x.s3.amazonaws.com/a",
    "the name behind a backslash": "https://example.com\\.x.s3.amazonaws.com/a",
    "the name in the path": "https://example.com/x.s3.amazonaws.com",
    "the name in the query": "https://example.com?x.s3.amazonaws.com",
    "the name in the fragment": "https://example.com#.s3.amazonaws.com",
    "a machine of EC2": "https://ec2-10-0-0-1.eu-west-1.compute.amazonaws.com/a",
    "another port": "https://x.s3.amazonaws.com:8443/a",
    "instance metadata": "http://169.254.169.254/latest/meta-data/",
    "instance metadata over https": "https://169.254.169.254/latest/meta-data/",
    "container credentials": "http://169.254.170.2/v2/credentials",
    "the runtime of Lambda": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "loopback over https": "https://localhost/a",
    "loopback of IPv6": "http://[::1]:9001/a",
    "every interface": "http://0.0.0.0:9001/a",
    "loopback as a number": "http://2130706433/a",
    "a private address": "https://10.0.0.1/a",
    "a file": "file:///etc/hostname",
    "another scheme": "ftp://x.s3.amazonaws.com/a",
    "no scheme": "//x.s3.amazonaws.com/a",
    "no host": "https:///a",
    "nothing": "",
    "unreadable": "http://[::1/a",
    "an unreadable port": "https://x.s3.amazonaws.com:port/a",
}


@pytest.mark.parametrize("url", FOLLOWED)
def test_amazons_stores_are_followed(url: str) -> None:
    require_document_url(f"{url}?{SIGNED}", "document", HOSTS, AMAZON)


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_everything_else_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(SellingPartnerUnavailable, match="the URL of the document amzn1 is not followed") as raised:
        require_document_url(f"{url}?{SIGNED}", "amzn1", HOSTS, AMAZON)
    assert "canary" not in str(raised.value)


def test_a_refusal_names_the_host_and_the_remedy() -> None:
    with pytest.raises(SellingPartnerUnavailable, match=r"its host new-store\.example .*name it in .*document_hosts"):
        require_document_url("https://new-store.example/a", "amzn1", HOSTS, AMAZON)
    require_document_url("https://new-store.example/a", "amzn1", [*HOSTS, "new-store.example"], AMAZON)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4711/document", "http://localhost:4711/document"])
def test_the_simulator_hands_out_loopback_urls_and_nobody_else(url: str) -> None:
    require_document_url(url, "document", HOSTS, SIMULATOR)
    with pytest.raises(SellingPartnerUnavailable):
        require_document_url(url, "document", HOSTS, AMAZON)


def test_the_simulator_leads_to_no_inner_address() -> None:
    with pytest.raises(SellingPartnerUnavailable):
        require_document_url("http://169.254.169.254/latest/meta-data/", "document", HOSTS, SIMULATOR)


def test_no_redirect_is_followed(amazon: Amazon, reports: ReportsApi) -> None:
    amazon.will(302, b"", Location=f"{amazon.url}/inner")
    found = ReportDocument("amzn1", f"{amazon.url}/document?{SIGNED}")
    with pytest.raises(SellingPartnerUnavailable, match="HTTP 302"), reports.download(found):
        pass
    assert [path for _, path, *_ in amazon.requests] == [f"/document?{SIGNED}"]


def test_nothing_is_sent_to_a_refused_host(amazon: Amazon) -> None:
    reports = ReportsApi(Api(new_session(), AMAZON, TOKEN), new_session())
    with (
        pytest.raises(SellingPartnerUnavailable, match="is not followed"),
        reports.download(ReportDocument("amzn1", f"{amazon.url}/document")),
    ):
        pass
    assert not amazon.requests
