"""One HTTP client for Amazon: its headers, timeouts, request ids in the log, errors by name.

It retries nothing: state machines do.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from ingestion.errors import SellingPartnerUnavailable

from selling_partner.errors import api_error

USER_AGENT = f"selling-partner-lake/0.1.0 (Language=Python/{sys.version_info.major}.{sys.version_info.minor})"
TIMEOUT = (5.0, 30.0)
"""Seconds to connect, and between two bytes."""
RateObserver = Callable[[str, float], None]
log = logging.getLogger(__name__)


def new_session() -> requests.Session:
    """A session that retries nothing and takes nothing from its surroundings, such as credentials in a .netrc."""
    session = requests.Session()
    session.trust_env = False
    session.headers["user-agent"] = USER_AGENT
    return session


@dataclass(frozen=True)
class Api:
    """The Selling Partner API at one endpoint with one token."""

    session: requests.Session
    endpoint: str
    access_token: str = field(repr=False)
    observe_rate: RateObserver = lambda operation, rate: None

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        access_token: str | None = None,
    ) -> dict[str, Any]:
        """One call; the JSON answer, or a named error (module `errors`).

        `access_token` replaces the usual one, for a restricted data token.
        """
        headers = {
            "x-amz-access-token": access_token or self.access_token,
            "x-amz-date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "accept": "application/json",
        }
        try:
            answer = self.session.request(
                method,
                self.endpoint.rstrip("/") + path,
                params=query,
                json=body,
                headers=headers,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # From None: the error's text may hold the URL.
            raise SellingPartnerUnavailable(f"{operation}: {type(error).__name__}") from None
        request_id = answer.headers.get("x-amzn-RequestId")
        log.info(
            "called Amazon",
            extra={"operation": operation, "status": answer.status_code, "x-amzn-RequestId": request_id},
        )
        self._observe(operation, answer.headers.get("x-amzn-RateLimit-Limit"))
        if not 200 <= answer.status_code < 300:
            raise api_error(operation, answer.status_code, answer.text, request_id)
        if not answer.content:
            return {}
        try:
            data = answer.json()
        except ValueError:
            raise SellingPartnerUnavailable(
                f"{operation}: the answer is not JSON (x-amzn-RequestId {request_id})"
            ) from None
        if not isinstance(data, dict):
            raise SellingPartnerUnavailable(
                f"{operation}: the answer is not a JSON object (x-amzn-RequestId {request_id})"
            )
        return data

    def _observe(self, operation: str, header: str | None) -> None:
        """Report the rate that the header tells: requests per second, as text.

        Best effort: it is absent on 401, 403 and 429 (SP-API docs, Usage plans).
        """
        try:
            rate = float(header) if header else 0.0
        except ValueError:
            return
        if rate > 0:
            self.observe_rate(operation, rate)
