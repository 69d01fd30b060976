"""Requests that come over HTTP: judged before they are served, and answered as their service refuses."""

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import ministack.app
from ministack.core import iam_actions, router

from local_cloud.emulator.editing import wrap
from local_cloud.emulator.lake_formation import NOBODY, callers
from local_cloud.emulator.permissions import ASKED_BY_GOVERNANCE, RECORD, encryption, principals, record
from local_cloud.emulator.permissions.administration import ADMINISTRATION
from local_cloud.emulator.permissions.judging import NotAuthorizedError, judge, require
from local_cloud.emulator.permissions.needs import NEEDS, Need
from local_cloud.emulator.permissions.requests import Call, Request, read

Answer = tuple[int, Mapping[str, str], bytes]
_log = logging.getLogger("permissions")
SERVED_WITHOUT_SIGNATURE = frozenset({"/_ministack/health"})
"""With _OWN_PAGES, all that are. The product asks AWS nothing without a signature."""


class NoRowError(Exception):
    """Nothing says what an operation needs."""

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"local_cloud/emulator/permissions/needs.py (or administration.py) has no row for {operation}: write it"
        )


def needs_of(call: Call) -> list[Need]:
    """All that a call needs. Raises NoRowError."""
    row = NEEDS.get(call.name) or ADMINISTRATION.get(call.name)
    if row is None:
        raise NoRowError(call.name)
    return [*row(call.members), *encryption.implied(call)]


def requests_are_judged() -> None:
    """A request is served only if IAM allows all that it needs: the role's policies, the resource's own, the key's.

    What cannot be judged is refused.

    Source: AWS IAM user guide, "Policy evaluation logic"; Service Authorization Reference.
    Upstream: ministack.app._dispatch_service_request serves everybody everything; with AUTH=true it judges by other
    resources than AWS for five operations, asks nothing of KMS, and refuses plain HTTP even to Terraform.
    Remove when: the tests pass with the emulator's own enforcement (test_permissions.py).
    """
    wrap(ministack.app, "_handle_pre_body_request", _unsigned)
    wrap(ministack.app, "_handle_post_body_shortcuts", _unsigned)
    wrap(ministack.app, "_handle_special_data_plane_request", _special)
    wrap(ministack.app, "_dispatch_service_request", _dispatch)


async def _unsigned(
    inner: Callable[..., Awaitable[Answer | None]], method: str, path: str, *more: Any
) -> Answer | None:
    """Answer what AWS has no operation for, and asks no signature: only whether the emulator is there.

    The emulator's other pages (all messages of a queue, a reset) and its answers to browsers would serve everybody.
    None: the request goes on, and is judged.
    """
    return await inner(method, path, *more) if path in SERVED_WITHOUT_SIGNATURE else None


async def _special(inner: Callable[..., Awaitable[Answer | None]], *arguments: Any, **keywords: Any) -> Answer | None:
    """Requests that the emulator tells by host or path, among them virtual-hosted S3: root's alone.

    Nobody else's are read as their service serves them. None: the request goes on, and is judged.
    """
    method, path, headers, body, query, request_id = arguments
    if principals.is_roots(router.extract_access_key_id(headers, query)):
        return await inner(*arguments, **keywords)
    host = headers.get("host", "")
    if _is_an_address(host):
        return None
    _log.warning("refused: %s %s on the host %s", method, path, host)
    request = _request(method, path, headers, body, query)
    reason = f"the local cloud judges no requests to the host {host}: call its address, and name buckets in the path"
    return _error(request, request_id, "AccessDenied", reason)


def _is_an_address(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost"
    return True


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> Request:
    """The request with the service that the emulator will choose."""
    routed = ministack.app._routing_params(method, path, headers, body, query)
    return Request(router.detect_service(method, path, headers, routed), method, path, headers, body, query)


async def _dispatch(inner: Callable[..., Awaitable[Answer]], *arguments: Any) -> Answer:
    method, path, headers, body, query, request_id = arguments
    if path in _OWN_PAGES:
        return 200, {"Content-Type": "application/json"}, _OWN_PAGES[path](body).encode()
    request = _request(method, path, headers, body, query)
    try:
        principal = principals.of_key(router.extract_access_key_id(headers, query))
        callers.current.set(principal)
        if principal.is_root:
            return await inner(*arguments)
        call = read(request)
        require(principal, call.name, needs_of(call))
    except NotAuthorizedError as refusal:
        _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
        return _refused(request, request_id, refusal)
    except principals.UnknownCallerError as error:
        return _error(request, request_id, error.code, str(error))
    except Exception as error:  # noqa: BLE001 - what cannot be judged is refused, whatever the reason
        _log.exception("refused, because it cannot be judged: %s %s", method, path)
        return _error(request, request_id, "AccessDenied", f"{type(error).__name__}: {error}")
    answer = await inner(*arguments)
    return _hidden(request, request_id, principal, call, answer)


def _hidden(request: Request, request_id: str, principal: principals.Principal, call: Call, answer: Answer) -> Answer:
    """S3 tells who may not list a bucket nothing of what it lacks: 403 instead of 404 (API reference, GetObject)."""
    if call.service != "s3" or answer[0] != 404 or "Key" not in call.members:
        return answer
    listing = Need("s3:ListBucket", f"arn:aws:s3:::{call.members['Bucket']}")
    verdict = judge(principal, listing)
    if not verdict.allowed:
        return _refused(request, request_id, NotAuthorizedError(principal, listing, verdict))
    record.note(principal.name, f"{call.name} of a missing object", listing, verdict)
    return answer


def _refused(request: Request, request_id: str, refusal: NotAuthorizedError) -> Answer:
    answer: Answer = iam_actions.access_denied_response(
        request.service,
        refusal.need.action,
        refusal.principal.arn,
        request_id,
        message=str(refusal),
        headers=dict(request.headers),
        resource_arn=refusal.need.resource,
        explicit_deny=refusal.verdict.decision == "Deny",
    )
    return _without_body(request, answer)


def _error(request: Request, request_id: str, code: str, message: str) -> Answer:
    answer: Answer = iam_actions.access_denied_response(
        request.service, "", "", request_id, error_code=code, message=message, headers=dict(request.headers)
    )
    return _without_body(request, answer)


def _without_body(request: Request, answer: Answer) -> Answer:
    status, headers, body = answer
    return status, headers, b"" if request.method == "HEAD" else body


def _answer_governance(body: bytes) -> str:
    """Say why a call of the process that serves Lake Formation is refused; nothing when it is allowed."""
    asked = json.loads(body)
    reason, name = "", NOBODY
    try:
        principal = principals.of_key(asked["access_key"])
        name = callers.name_of(principal)
        if not principal.is_root:
            call = Call(asked["service"], asked["operation"], asked["members"])
            require(principal, call.name, needs_of(call))
    except NotAuthorizedError as refusal:
        _log.warning("refused: %s; remedy: %s", refusal, refusal.remedy)
        reason = str(refusal)
    except Exception as error:  # noqa: BLE001 - what cannot be judged is refused, whatever the reason
        _log.exception("refused, because it cannot be judged: %s", asked)
        reason = f"{type(error).__name__}: {error}"
    return json.dumps({"refused": reason, "caller": name})


_OWN_PAGES: Mapping[str, Callable[[bytes], str]] = {
    ASKED_BY_GOVERNANCE: _answer_governance,
    RECORD: lambda _: record.content(),
}
"""Paths of the local cloud itself, which its own processes ask without a signature."""
