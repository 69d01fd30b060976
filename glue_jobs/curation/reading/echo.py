"""The echo: a document repeats its request, which must be the one that was sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from curation.contracts.model import Echo
from curation.decoding.paths import writable
from curation.errors import RefusedError
from curation.manifest import DocumentRecord, parse_instant

LONGEST_QUOTED = 80
_CODE = re.compile(r"[A-Z][A-Z0-9_]*|true|false")
"""Report types, options and marketplaces: no name that people write, address or number looks like this."""
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([T ].*)?$", re.ASCII)


@dataclass(frozen=True)
class EchoedRequest:
    """The request that a document repeats; None for what it leaves out.

    Dates are texts in ISO form: dates, or instants.
    """

    report_type: str | None = None
    options: Mapping[str, str] | None = None
    marketplace_ids: tuple[str, ...] | None = None
    data_start_time: str | None = None
    data_end_time: str | None = None


def read_echo(echo: Echo, members: Mapping[str, Any]) -> EchoedRequest:
    """Return what a document repeats of its request.

    Raises RefusedError: EchoMissing when the document has no echo, EchoMalformed when a member of it is of another kind
    than Amazon documents.
    """
    echoed = members.get(echo.section)
    if not isinstance(echoed, Mapping):
        raise RefusedError("EchoMissing", f"the document has no object {echo.section}")
    dated = echo.dates != "absent"
    return EchoedRequest(
        report_type=_text("reportType", echoed.get("reportType")),
        options=_echoed_options(echoed.get("reportOptions")),
        marketplace_ids=_echoed_marketplaces(echoed.get("marketplaceIds")),
        data_start_time=_echoed_date("dataStartTime", echoed.get("dataStartTime")) if dated else None,
        data_end_time=_echoed_date("dataEndTime", echoed.get("dataEndTime")) if dated else None,
    )


def check_echo(echo: Echo, document: DocumentRecord, members: Mapping[str, Any]) -> None:
    """Compare the echo in a document with its request.

    Raises RefusedError: EchoMissing and EchoMalformed as `read_echo`, EchoMismatch with every difference.
    """
    echoed = read_echo(echo, members)
    differences = [
        *_difference("reportType", document.report_type, echoed.report_type),
        *_options(echoed, document),
        *_marketplaces(echoed, document),
        *(_dates(echo, echoed, document) if echo.dates != "absent" else ()),
    ]
    if differences:
        raise RefusedError("EchoMismatch", "the document's echo differs from the request: " + "; ".join(differences))


def is_date(text: str) -> bool:
    """Tell whether a text is a date or an instant in ISO form that can be compared with others."""
    try:
        parse_instant(text)
    except (ValueError, OverflowError):
        return False
    return _DATE.match(text) is not None


def _echoed_options(value: Any) -> Mapping[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        _malformed("reportOptions", value, "an object")
    texts = (
        (name, _text(f"option {number} of reportOptions", option, scalars=True))
        for number, (name, option) in enumerate(value.items(), 1)
    )
    return {name: text for name, text in texts if text is not None}


def _echoed_marketplaces(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        _malformed("marketplaceIds", value, "a list")
    return tuple(text for one in value if (text := _text("marketplaceIds", one)) is not None)


def _echoed_date(name: str, value: Any) -> str | None:
    text = _text(name, value)
    if text is not None and not is_date(text):
        raise RefusedError(
            "EchoMalformed", f"{name} of the document's echo is not a date in ISO form, but {_quoted(text)}"
        )
    return text


def _text(name: str, value: Any, *, scalars: bool = False) -> str | None:
    """Return a member that must be a text; `scalars`: a number or a boolean stands for its text."""
    if value is None:
        return None
    if scalars and isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str) and (not scalars or isinstance(value, Mapping | list)):
        _malformed(name, value, "a text")
    text = str(value)
    if writable(text) != text:
        raise RefusedError(
            "EchoMalformed", f"{name} of the document's echo holds half of a surrogate pair, which is no text"
        )
    return text


def _malformed(name: str, value: Any, wanted: str) -> NoReturn:
    kinds: tuple[tuple[type, str], ...] = (
        (Mapping, "an object"),
        (list, "a list"),
        (str, "a text"),
        (bool, "a boolean"),
    )
    kind = next((called for known, called in kinds if isinstance(value, known)), "a number")
    raise RefusedError("EchoMalformed", f"{name} of the document's echo is {kind}, not {wanted}")


def _options(echoed: EchoedRequest, document: DocumentRecord) -> list[str]:
    options = echoed.options or {}
    return [
        text
        for name, requested in sorted(document.report_options.items())
        for text in _difference(name, requested, options.get(name))
    ]


def _marketplaces(echoed: EchoedRequest, document: DocumentRecord) -> list[str]:
    found = echoed.marketplace_ids
    if not document.marketplace_ids or found is None or set(found) == set(document.marketplace_ids):
        return []
    echoed_ids = ", ".join(map(_quoted, sorted(found))) or "none"
    return [f"marketplaceIds: requested {', '.join(sorted(document.marketplace_ids))}, echoed {echoed_ids}"]


def _dates(echo: Echo, echoed: EchoedRequest, document: DocumentRecord) -> list[str]:
    differences: list[str] = []
    for name, requested, found, begins in (
        ("dataStartTime", document.data_start_time, echoed.data_start_time, True),
        ("dataEndTime", document.data_end_time, echoed.data_end_time, False),
    ):
        if requested is None:
            continue
        if found is None:
            differences.append(f"{name}: requested {requested}, echoed nothing")
            continue
        left, right = _comparable(requested, found)
        if left == right or (echo.dates == "widened" and (right < left if begins else right > left)):
            continue
        differences.append(f"{name}: requested {requested}, echoed {_quoted(found)}")
    return differences


def _comparable(requested: str, found: str) -> tuple[str, str]:
    """Return both as dates when one is a date only, else as instants in UTC.

    Texts of equal form compare like the times they stand for.
    """
    if len(found) == 10 or len(requested) == 10:
        return requested[:10], found[:10]
    return parse_instant(requested).isoformat(timespec="microseconds"), parse_instant(found).isoformat(
        timespec="microseconds"
    )


def _difference(name: str, requested: object, found: object) -> list[str]:
    return (
        []
        if str(requested) == str(found)
        else [f"{name}: requested {requested}, echoed {'nothing' if found is None else _quoted(str(found))}"]
    )


def _quoted(text: str) -> str:
    """Return a member of a document for a message: a date or a code of Amazon's, of another text its length only."""
    if len(text) <= LONGEST_QUOTED and (_CODE.fullmatch(text) or is_date(text)):
        return text
    return f"a text of {len(text)} characters"
