"""The simulator over HTTP: the API's conventions, the login endpoint, document URLs, and controls for tests."""

from __future__ import annotations

import json
import logging
import shutil
import time
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from local_cloud import callers
from local_cloud.selling_partner.documents import StorageError
from local_cloud.selling_partner.errors import ApiError, invalid_input, not_found, token_invalid, unauthorized
from local_cloud.selling_partner.operations import Call, Operation, route
from local_cloud.selling_partner.simulator import Simulator
from local_cloud.selling_partner.tokens import LoginError

REGIONS = ("na", "eu", "fe")
LONGEST_BODY = 1_000_000
"""Bytes; a longer request body is a 413."""
_RATE_HEADER_STATUSES = (200, 201, 202, 400, 404)
"""SP-API docs, "Usage plans and rate limits": the header comes with 20x, 400 and 404 only."""
access_log = logging.getLogger("local_cloud.selling_partner.access")


@dataclass
class Answer:
    """A response: bytes, or a file to be streamed."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None


class Server(ThreadingHTTPServer):
    """Listens on loopback and answers for one simulator."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.simulator = simulator

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def do_PUT(self) -> None:
        """Answer a PUT."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._answer()

    def version_string(self) -> str:
        """Name no software in the Server header."""
        return "Server"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Leave logging to the access log: this one would write signed URLs."""

    def _answer(self) -> None:
        began = time.monotonic()
        request_id = str(uuid.uuid4())
        entry: dict[str, Any] = {"method": self.command, "path": urlsplit(self.path).path, "request_id": request_id}
        try:
            answer = self._dispatch(entry)
        except Exception as error:
            logging.getLogger(__name__).exception("request %s failed", request_id)
            answer = _error(
                ApiError(
                    500, "InternalFailure", "We encountered an internal error. Please try again.", type(error).__name__
                )
            )
        answer.headers.setdefault("x-amzn-RequestId", request_id)
        self._send(answer)
        entry |= {"status": answer.status, "milliseconds": round((time.monotonic() - began) * 1000, 1)}
        access_log.info(json.dumps(entry))

    def _send(self, answer: Answer) -> None:
        length = answer.file.stat().st_size if answer.file else len(answer.body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if answer.file:
            with answer.file.open("rb") as stream:
                shutil.copyfileobj(stream, self.wfile, 256 * 1024)
        else:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _dispatch(self, entry: dict[str, Any]) -> Answer:
        try:
            body = self._body()
        except ApiError as error:
            self.close_connection = True
            return _error(error)
        if callers.refuses({name.lower(): value for name, value in self.headers.items()}):
            return Answer(403, callers.REFUSAL, {"Content-Type": "text/plain"})
        path = urlsplit(self.path).path
        if path == "/auth/o2/token":
            entry["operation"] = "token"
            return self._token(body)
        if path.startswith("/documents/"):
            entry["operation"] = "download"
            entry["path"] = "/documents/" + unquote(path.removeprefix("/documents/"))
            return self._document(path)
        if path.startswith("/_simulator/"):
            return self._control(path, body)
        return self._api(path, body, entry)

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST_BODY:
            raise ApiError(413, "RequestTooLarge", "The request size exceeded the maximum accepted size.")
        return self.rfile.read(length)

    def _token(self, body: bytes) -> Answer:
        headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        is_form = self.command == "POST" and self.headers.get("Content-Type", "").startswith(
            "application/x-www-form-urlencoded"
        )
        form = (
            {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()} if is_form else {}
        )
        try:
            return _json(200, self.server.simulator.tokens.issue(form), headers)
        except LoginError as error:
            return _json(
                error.status,
                error.body,
                headers
                | {"x-amzn-ErrorType": "OA2" + "".join(word.title() for word in error.error.split("_")) + "Exception"},
            )

    def _document(self, path: str) -> Answer:
        parameters = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            document = self.server.simulator.documents.open(
                unquote(path.removeprefix("/documents/")), parameters, headers
            )
        except StorageError as error:
            return Answer(error.status, error.body.encode(), {"Content-Type": "application/xml"})
        encoding = parameters.get("response-content-encoding", "identity")
        headers_out = {
            "Content-Type": document.content_type,
            "Content-Encoding": encoding,
            "ETag": f'"{document.path.name[:32]}"',
            "Accept-Ranges": "none",
        }
        return Answer(200, headers=headers_out, file=document.path)

    def _api(self, path: str, body: bytes, entry: dict[str, Any]) -> Answer:
        _, region, *rest = path.split("/", 2)
        found = route(self.command, "/" + "/".join(rest)) if region in REGIONS else None
        operation: Operation | None = None
        try:
            if found is None:
                raise not_found("The requested resource could not be found.")
            operation, parts = found
            entry["operation"] = operation.name
            answer = self._operate(
                operation, {name: unquote(value) for name, value in parts.items()}, region, body, entry
            )
        except ApiError as error:
            answer = _error(error)
        if operation is not None and answer.status in _RATE_HEADER_STATUSES:
            answer.headers["x-amzn-RateLimit-Limit"] = self.server.simulator.plans.header(operation.name)
        return answer

    def _operate(
        self, operation: Operation, parts: dict[str, str], region: str, body: bytes, entry: dict[str, Any]
    ) -> Answer:
        simulator = self.server.simulator
        self._check_user_agent()
        token = self.headers.get("x-amz-access-token", "")
        if not token:
            raise unauthorized("Access token is missing in the request header.")
        grant = simulator.tokens.recognise(token, region)
        if operation.grantless != (grant.account is None) or (
            grant.account is None and grant.scope != "sellingpartnerapi::notifications"
        ):
            raise token_invalid()
        account = simulator.directory.accounts[grant.account] if grant.account else None
        entry["account"] = grant.account or grant.application
        if not simulator.plans.take(operation.name, entry["account"], grant.application, region):
            raise ApiError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        result = operation.run(
            Call(simulator, grant.application, account, parts, query, self._json_body(body), self._base_url())
        )
        if operation.wrapped:
            return _json(operation.status, {} if result is None else {"payload": result})
        return Answer(operation.status) if result is None else _json(operation.status, result)

    def _check_user_agent(self) -> None:
        agent = self.headers.get("User-Agent", "")
        if not agent or len(agent) > 500:
            raise invalid_input(
                "Invalid input", "The user-agent header is required and must not be longer than 500 characters."
            )

    def _json_body(self, body: bytes) -> object:
        if self.command not in {"POST", "PUT"}:
            return None
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise ApiError(415, "UnsupportedMediaType", "The request payload is in an unsupported format.")
        try:
            return json.loads(body)
        except ValueError as error:
            raise invalid_input("Invalid input", f"The request body is not JSON: {error}") from error

    def _base_url(self) -> str:
        return f"http://{self.headers.get('Host') or self.server.url.removeprefix('http://')}"

    def _control(self, path: str, body: bytes) -> Answer:
        """Answer what only a test asks: the clock, and an account's authorisation."""
        try:
            return self._controlled(path, json.loads(body) if body else {})
        except (KeyError, ValueError, TypeError) as error:
            return _error(invalid_input("Invalid input", repr(error)))

    def _controlled(self, path: str, content: dict[str, Any]) -> Answer:
        simulator = self.server.simulator
        if path == "/_simulator/clock":
            if self.command == "POST":
                simulator.clock.advance(timedelta(seconds=float(content["advance_seconds"])))
            return _json(200, {"now": simulator.clock.now().isoformat()})
        name = path.removeprefix("/_simulator/accounts/")
        if self.command == "PUT" and name in simulator.directory.accounts:
            (simulator.directory.revoked.add if content["revoked"] else simulator.directory.revoked.discard)(name)
            return _json(200, {"account": name, "revoked": name in simulator.directory.revoked})
        return _error(not_found("No such control."))


def _json(status: int, content: object, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})


def _error(error: ApiError) -> Answer:
    return _json(error.status, error.envelope(), {"x-amzn-ErrorType": error.error_type})
