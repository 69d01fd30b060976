"""Whether a document answers the question that was asked: its echo of the request, member by member."""

from collections.abc import Mapping
from typing import Any

from curation.contract import Echo
from curation.documents import DocumentRecord, parse_instant
from curation.errors import RefusedError


def check_echo(echo: Echo, document: DocumentRecord, members: Mapping[str, Any]) -> None:
    """Compare the echo in a document with its request.

    Raises RefusedError: EchoMissing when the document has none, EchoMismatch with every difference.
    """
    said = members.get(echo.section)
    if not isinstance(said, Mapping):
        raise RefusedError("EchoMissing", f"the document has no {echo.section}")
    differences = [*_type(said, document), *_options(said, document), *_marketplaces(said, document), *_dates(echo, said, document)]
    if differences:
        raise RefusedError("EchoMismatch", "the document answers another question: " + "; ".join(differences))


def _type(said: Mapping[str, Any], document: DocumentRecord) -> list[str]:
    return _difference("reportType", document.report_type, said.get("reportType"))


def _options(said: Mapping[str, Any], document: DocumentRecord) -> list[str]:
    options = said.get("reportOptions") or {}
    return [text for name, asked in sorted(document.report_options.items()) for text in _difference(name, asked, options.get(name))]


def _marketplaces(said: Mapping[str, Any], document: DocumentRecord) -> list[str]:
    answered = said.get("marketplaceIds")
    if not document.marketplace_ids or answered is None or set(answered) == set(document.marketplace_ids):
        return []
    return [f"marketplaceIds: asked {sorted(document.marketplace_ids)}, answered {sorted(answered)}"]


def _dates(echo: Echo, said: Mapping[str, Any], document: DocumentRecord) -> list[str]:
    differences: list[str] = []
    if echo.dates == "absent":
        return differences
    for name, asked, begins in (("dataStartTime", document.data_start_time, True), ("dataEndTime", document.data_end_time, False)):
        answered = said.get(name)
        if asked is None:
            continue
        if answered is None:
            differences.append(f"{name}: asked {asked}, answered nothing")
            continue
        left, right = _comparable(asked, str(answered))
        if left == right or (echo.dates == "widened" and (right < left if begins else right > left)):
            continue
        differences.append(f"{name}: asked {asked}, answered {answered}")
    return differences


def _comparable(asked: str, answered: str) -> tuple[str, str]:
    """Return both as dates when one is a date only, else as instants in UTC; texts of equal form compare like the times they stand for."""
    if len(answered) == 10 or len(asked) == 10:
        return asked[:10], answered[:10]
    return parse_instant(asked).isoformat(timespec="microseconds"), parse_instant(answered).isoformat(timespec="microseconds")


def _difference(name: str, asked: object, answered: object) -> list[str]:
    return [] if str(asked) == str(answered) else [f"{name}: asked {asked}, answered {'nothing' if answered is None else answered}"]
