from __future__ import annotations

import json
import logging

import pytest
from handlers.json_logs import JsonFormatter
from selling_partner.reports import ReportsApi

from tests.unit.selling_partner import test_login, test_reports
from tests.unit.selling_partner.server import TOKEN, Amazon


def test_no_secret_gets_into_the_log(amazon: Amazon, reports: ReportsApi, caplog: pytest.LogCaptureFixture) -> None:
    """All that the client logs on the way, at every level, through the formatter of the functions."""
    for name in ("urllib3", "requests"):
        caplog.set_level(logging.WARNING, logger=name)  # as handlers.json_logs.set_up has it
    caplog.set_level(logging.DEBUG)
    test_reports.test_a_document_is_unpacked_once_whatever_the_header_says(amazon, reports, "gzip")
    test_reports.test_a_dead_url(amazon, reports)
    amazon.requests.clear()
    test_reports.test_a_restricted_document_has_a_token_of_its_own(amazon, reports)
    amazon.requests.clear()
    test_login.test_login(amazon)
    logging.getLogger("careless").error(
        "token %s url https://x?X-Amz-Signature=abc&y=1", TOKEN, extra={"deep": {"token": "Atzr|other"}}
    )
    lines = [JsonFormatter().format(record) for record in caplog.records]

    assert len(lines) > 6
    for line in lines:
        json.loads(line)
        for secret in ("canary", "Atza|", "Atzr|", "Signature=abc", "secret"):
            assert secret not in line
    assert any('"x-amzn-RequestId": "id-1"' in line for line in lines)
