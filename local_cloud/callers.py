"""Who may call the ports of a local cloud at all: programs of this machine, no page in a browser.

A cloud runs functions and jobs as processes of this machine, so a page that reached it would run code here. Browsers
send requests of any page to loopback addresses; they name the page's origin, and after DNS rebinding its host.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

REFUSAL = b"The local cloud serves programs of this machine only, no pages of browsers: call its address, 127.0.0.1.\n"


def refuses(headers: Mapping[str, str]) -> bool:
    """Whether a request is refused by its headers, whose names are in lower case.

    Refused are an Origin (WHATWG Fetch standard, sent with each request that is no plain GET of the page's own), a
    Sec-Fetch-Site (W3C Fetch Metadata, sent by every current browser; `none` is the user's own doing, and reads at
    most), and a Host that does not name the loopback interface. Programs send none of these.
    """
    return (
        "origin" in headers
        or headers.get("sec-fetch-site", "none") != "none"
        or not is_loopback(headers.get("host", ""))
    )


def is_loopback(host: str) -> bool:
    """Whether a Host header names the loopback interface: by address, as localhost, or below localhost (RFC 6761)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
