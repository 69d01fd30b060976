"""Programs of this machine may call a local cloud; pages of browsers may not."""

import pytest

from local_cloud import callers

HOST = "127.0.0.1:4711"
PROGRAMS = {
    "an SDK": {"host": HOST},
    "another name of this machine": {"host": "localhost:4711"},
    "a bucket's name": {"host": "bucket.s3.localhost:4711"},
    "IPv6": {"host": "[::1]:4711"},
    "without a port": {"host": "127.0.0.1"},
    "the user's own browser": {"host": HOST, "sec-fetch-site": "none"},
}
PAGES = {
    "of another origin": {"host": HOST, "origin": "https://evil.example"},
    "of an unnamed origin": {"host": HOST, "origin": "null"},
    "of another port here": {"host": HOST, "origin": "http://127.0.0.1:8000"},
    "cross-site": {"host": HOST, "sec-fetch-site": "cross-site"},
    "same-site": {"host": HOST, "sec-fetch-site": "same-site"},
    "same-origin after rebinding": {"host": "evil.example:4711", "sec-fetch-site": "same-origin"},
    "rebound": {"host": "rebound.evil.example"},
    "rebound, with the address in its name": {"host": "127.0.0.1.evil.example"},
    "rebound, like localhost": {"host": "localhost.evil.example"},
    "an address as a user": {"host": "127.0.0.1@evil.example"},
    "an address of the network": {"host": "192.168.0.2:4711"},
    "every interface": {"host": "0.0.0.0:4711"},
    "without a host": {},
    "with an empty host": {"host": ""},
    "with an unreadable host": {"host": "[::1"},
}


@pytest.mark.parametrize("headers", PROGRAMS.values(), ids=PROGRAMS)
def test_programs_are_served(headers: dict[str, str]) -> None:
    assert not callers.refuses(headers)


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES)
def test_pages_are_refused(headers: dict[str, str]) -> None:
    assert callers.refuses(headers)
