"""Which URLs of documents are followed: https at Amazon's document stores, nothing inside our own network."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from fnmatch import fnmatchcase

from ingestion.errors import SellingPartnerUnavailable
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

HOSTS = ("*.s3.amazonaws.com", "*.s3-*.amazonaws.com", "*.s3.*.amazonaws.com", "*.cloudfront.net")
"""Seen: tortuga-prod-na.s3-external-1.amazonaws.com, tortuga-prod-eu.s3-eu-west-1.amazonaws.com, and CloudFront in the
sandbox's example (FACTS.md sections on documents and the sandbox). The variable document_hosts replaces them."""


def require_document_url(url: str, document_id: str, hosts: Sequence[str], endpoint: str) -> None:
    """Refuse a URL that does not lead to a document store.

    `hosts` are patterns of host names. An `endpoint` on the loopback interface (the simulator) may hand out URLs on the
    loopback interface. Raises SellingPartnerUnavailable, without the URL, which is a secret: the state machine asks
    again, and nothing is lost once Amazon's answer or the configuration is right.
    """
    parts = _parsed(url)
    host = (parts.host if parts else None) or ""
    if host and _is_loopback(host) and _is_loopback(_host(endpoint)):
        return
    reason = _reason(parts, host, hosts)
    if reason:
        raise SellingPartnerUnavailable(f"the URL of the document {document_id} is not followed: {reason}")


def _reason(parts: Url | None, host: str, hosts: Sequence[str]) -> str:
    if parts is None or not host:
        return "it cannot be read"
    if parts.scheme != "https":
        return f"its scheme is {parts.scheme or 'missing'}, not https"
    if parts.auth is not None or parts.port not in (None, 443):
        return "it has a user name or a port"
    if not any(fnmatchcase(host, pattern) for pattern in hosts):
        return (
            f"its host {host} is none of {', '.join(hosts)}; if it is Amazon's, name it in the variable document_hosts"
        )
    return ""


def _parsed(url: str) -> Url | None:
    """Read a URL with the parser that the HTTP library connects by, so that both see the same host."""
    try:
        return parse_url(url)
    except LocationParseError:
        return None


def _host(url: str) -> str:
    parts = _parsed(url)
    return (parts.host if parts else None) or ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
