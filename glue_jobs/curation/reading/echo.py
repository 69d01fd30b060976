"""The echo: a document repeats its request, which must be the one that was sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from curation.contracts.model import Echo
from curation.decoding.paths import writable
from curation.errors import RefusedError
from curation.manifest import DocumentRecord, parse_instant

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([T ].*)?$", re.ASCII)


@dataclass(frozen=True)
class Answered:
    """The request that a document repeats; None for what it leaves out.

    Dates are texts in ISO form: dates, or instants.
    """

    report_type: str | None = None
    options: Mapping[str, str] | None = None
    marketplace_ids: tuple[str, ...] | None = None
    data_start_time: str | None = None
    data_end_time: str | None = None


def read_echo(echo: Echo, members: Mapping[str, Any]) -> Answered:
    """Return what a document repeats of its request.

    Raises RefusedError: EchoMissing when the document has no echo, EchoMalformed when a member of it is of another kind
    than Amazon documents.
    """
    said = members.get(echo.section)
    if not isinstance(said, Mapping):
        raise RefusedError("EchoMissing", f"the document has no object {echo.section}")
    dated = echo.dates != "absent"
    return Answered(
        report_type=_text("reportType", said.get("reportType")),
        options=_said_options(said.get("reportOptions")),
        marketplace_ids=_said_marketplaces(said.get("marketplaceIds")),
        data_start_time=_said_date("dataStartTime", said.get("dataStartTime")) if dated else None,
        data_end_time=_said_date("dataEndTime", said.get("dataEndTime")) if dated else None,
    )


def check_echo(echo: Echo, document: DocumentRecord, members: Mapping[str, Any]) -> None:
    """Compare the echo in a document with its request.

    Raises RefusedError: EchoMissing and EchoMalformed as `read_echo`, EchoMismatch with every difference.
    """
    said = read_echo(echo, members)
    differences = [
        *_difference("reportType", document.report_type, said.report_type),
        *_options(said, document),
        *_marketplaces(said, document),
        *(_dates(echo, said, document) if echo.dates != "absent" else ()),
    ]
    if differences:
        raise RefusedError("EchoMismatch", "the document answers another question: " + "; ".join(differences))


def is_date(text: str) -> bool:
    """Tell whether a text is a date or an instant in ISO form that can be compared with others."""
    try:
        parse_instant(text)
    except (ValueError, OverflowError):
        return False
    return _DATE.match(text) is not None


def _said_options(value: Any) -> Mapping[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        _malformed("reportOptions", value, "an object")
    texts = ((name, _text(f"reportOptions.{name}", option, scalars=True)) for name, option in value.items())
    return {name: text for name, text in texts if text is not None}


def _said_marketplaces(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        _malformed("marketplaceIds", value, "a list")
    return tuple(text for one in value if (text := _text("marketplaceIds", one)) is not None)


def _said_date(name: str, value: Any) -> str | None:
    text = _text(name, value)
    if text is not None and not is_date(text):
        raise RefusedError("EchoMalformed", f"{name} of the document's echo is not a date in ISO form: {text}")
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


def _options(said: Answered, document: DocumentRecord) -> list[str]:
    options = said.options or {}
    return [
        text
        for name, asked in sorted(document.report_options.items())
        for text in _difference(name, asked, options.get(name))
    ]


def _marketplaces(said: Answered, document: DocumentRecord) -> list[str]:
    answered = said.marketplace_ids
    if not document.marketplace_ids or answered is None or set(answered) == set(document.marketplace_ids):
        return []
    return [f"marketplaceIds: asked {sorted(document.marketplace_ids)}, answered {sorted(answered)}"]


def _dates(echo: Echo, said: Answered, document: DocumentRecord) -> list[str]:
    differences: list[str] = []
    for name, asked, answered, begins in (
        ("dataStartTime", document.data_start_time, said.data_start_time, True),
        ("dataEndTime", document.data_end_time, said.data_end_time, False),
    ):
        if asked is None:
            continue
        if answered is None:
            differences.append(f"{name}: asked {asked}, answered nothing")
            continue
        left, right = _comparable(asked, answered)
        if left == right or (echo.dates == "widened" and (right < left if begins else right > left)):
            continue
        differences.append(f"{name}: asked {asked}, answered {answered}")
    return differences


def _comparable(asked: str, answered: str) -> tuple[str, str]:
    """Return both as dates when one is a date only, else as instants in UTC.

    Texts of equal form compare like the times they stand for.
    """
    if len(answered) == 10 or len(asked) == 10:
        return asked[:10], answered[:10]
    return parse_instant(asked).isoformat(timespec="microseconds"), parse_instant(answered).isoformat(
        timespec="microseconds"
    )


def _difference(name: str, asked: object, answered: object) -> list[str]:
    return (
        []
        if str(asked) == str(answered)
        else [f"{name}: asked {asked}, answered {'nothing' if answered is None else answered}"]
    )
