"""The HTTP client against a server on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selling_partner.http import Api, new_session
from selling_partner.reports import ReportsApi

from tests.unit.selling_partner.server import TOKEN, Amazon


@pytest.fixture(scope="module")
def server() -> Iterator[Amazon]:
    amazon = Amazon()
    yield amazon
    amazon.server.shutdown()
    amazon.server.server_close()


@pytest.fixture
def amazon(server: Amazon) -> Amazon:
    server.answers.clear()
    server.requests.clear()
    return server


@pytest.fixture
def rates() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def api(amazon: Amazon, rates: list[tuple[str, float]]) -> Api:
    return Api(new_session(), f"{amazon.url}/eu", TOKEN, lambda operation, rate: rates.append((operation, rate)))


@pytest.fixture
def reports(api: Api) -> ReportsApi:
    return ReportsApi(api, new_session())
