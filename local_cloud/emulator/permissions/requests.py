"""Requests of the AWS SDKs as operations and their members, read with botocore's service models."""

import functools
import io
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import botocore.session
from botocore.parsers import RpcV2CBORParser
from ministack.services import s3
from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from werkzeug.datastructures import Headers, MultiDict

_BOTOCORE_NAMES = {"monitoring": "cloudwatch", "states": "stepfunctions"}
"""Names of ministack's router that are not botocore's."""
_CBOR_PATH = re.compile(r"/service/\w+/operation/(\w+)")


class UnreadableRequestError(Exception):
    """The request is not one that the service's model describes."""


class Call(NamedTuple):
    """An operation of a service, by botocore's names, and the members of its input."""

    service: str
    operation: str
    members: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Service and operation, as `needs.NEEDS` lists them."""
        return f"{self.service}.{self.operation}"


class Request(NamedTuple):
    """An HTTP request as ministack's dispatcher has it; `service` is its router's name."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]


class _Route(NamedTuple):
    """Where an operation of a REST protocol is served, and what its requests always carry."""

    operation: str
    method: str
    path: re.Pattern[str]
    fixed_query: frozenset[str]
    required_query: frozenset[str]
    required_headers: frozenset[str]

    def fits(self, request: Request) -> re.Match[str] | None:
        if self.method != request.method or not (self.fixed_query | self.required_query) <= request.query.keys():
            return None
        return self.path.fullmatch(request.path) if self.required_headers <= request.headers.keys() else None

    def rank(self, match: re.Match[str]) -> tuple[int, int]:
        """Greater for the more specific route: what it requires counts, then the length of its fixed path."""
        required = len(self.fixed_query) + len(self.required_query) + len(self.required_headers)
        return required, -sum(map(len, match.groups()))


def read(request: Request) -> Call:
    """The call that an HTTP request makes. Raises UnreadableRequestError."""
    service = _BOTOCORE_NAMES.get(request.service, request.service)
    if service == "s3":
        # A presigned URL may carry headers in its query string; S3 takes them as headers (SigV4, "Query parameters").
        request = request._replace(headers=s3._merge_hoisted_amz_headers(dict(request.headers), dict(request.query)))
    try:
        return _read(service, request)
    except UnreadableRequestError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise UnreadableRequestError(f"{service}: {request.method} {request.path}: {reason}") from error


def _read(service: str, request: Request) -> Call:
    protocols = set(_model(service).metadata.get("protocols") or [_model(service).metadata["protocol"]])
    if "smithy-rpc-v2-cbor" in protocols and (cbor := _CBOR_PATH.fullmatch(request.path)):
        body = io.BufferedReader(io.BytesIO(request.body))
        return Call(service, cbor[1], RpcV2CBORParser().parse_data_item(body) if request.body else {})
    form = _form(request)
    in_path: Mapping[str, str] = {}
    target = request.headers.get("x-amz-target")
    if "json" in protocols and target and "Action" not in form:
        protocol, operation = "json", target.rsplit(".", 1)[-1]
    elif "query" in protocols and not target and len(form.getlist("Action")) == 1:
        protocol, operation = "query", form["Action"]
    elif protocols & {"rest-json", "rest-xml"}:
        protocol = _model(service).metadata["protocol"]
        operation, in_path = _rest_operation(service, request)
    else:
        raise UnreadableRequestError(f"{service}: no operation, or more than one, is named in {request.path}")
    model = _model(service).operation_model(operation)
    values = {
        "body": b"" if _carries_content(model) else request.body,
        "headers": Headers(dict(request.headers)),
        "method": request.method,
        "url_params": in_path,
        "url_path": request.path,
        "values": form,
    }
    return Call(service, operation, PROTOCOL_PARSERS[protocol](model, map_type=dict).parse(values))


def _form(request: Request) -> MultiDict[str, str]:
    """The query string's values and, of the query protocol, the body's."""
    listed = ((name, value if isinstance(value, list) else [value]) for name, value in request.query.items())
    form = MultiDict((name, value) for name, values in listed for value in values)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        for name, value in parse_qsl(request.body.decode(), keep_blank_values=True):
            form.add(name, value)
    return form


def _carries_content(model: Any) -> bool:
    """Whether the body is a document's bytes and holds no members."""
    payload = model.input_shape.serialization.get("payload") if model.input_shape else None
    return bool(payload) and model.input_shape.members[payload].type_name in ("blob", "string")


def _rest_operation(service: str, request: Request) -> tuple[str, Mapping[str, str]]:
    """The operation with the most specific route that fits, and the values in its path."""
    fitting = [(route, match) for route in _routes(service) if (match := route.fits(request))]
    if not fitting:
        raise UnreadableRequestError(f"{service} has no operation for {request.method} {request.path}")
    fitting.sort(key=lambda one: one[0].rank(one[1]))
    route, match = fitting[-1]
    if len(fitting) > 1 and fitting[-2][0].rank(fitting[-2][1]) == route.rank(match):
        raise UnreadableRequestError(f"{service} may be asked for {fitting[-2][0].operation} or {route.operation}")
    return route.operation, match.groupdict()


@functools.cache
def _model(service: str) -> ServiceModel:
    loader = botocore.session.get_session().get_component("data_loader")
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@functools.cache
def _routes(service: str) -> tuple[_Route, ...]:
    """All but deprecated operations, which S3 has beside those that took over their routes."""
    models = (_model(service).operation_model(name) for name in _model(service).operation_names)
    return tuple(_route(model) for model in models if not model.deprecated)


def _route(model: Any) -> _Route:
    path, _, query = model.http["requestUri"].partition("?")
    # An ARN in a path has slashes of its own, which come decoded.
    pattern = re.sub(
        r"\\\{(\w+)(\\\+)?\\\}",
        lambda found: f"(?P<{found[1]}>{'.+' if found[2] or found[1].endswith('Arn') else '[^/]+'})",
        re.escape(path),
    )
    shape = model.input_shape
    required = [shape.members[name].serialization for name in shape.required_members] if shape else []

    def named(location: str) -> frozenset[str]:
        return frozenset(one.get("name", "").lower() for one in required if one.get("location") == location)

    return _Route(
        model.name,
        model.http["method"],
        re.compile(pattern.rstrip("/") + "/?"),
        frozenset(part.partition("=")[0] for part in query.split("&") if part),
        frozenset(one.get("name", "") for one in required if one.get("location") == "querystring"),
        named("header"),
    )
