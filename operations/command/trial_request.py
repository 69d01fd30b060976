"""The request of a trial: the JSON file that lies beside each raw document, checked as far as a trial relies on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from operations.errors import WrongUseError


def _is_text(value: object) -> bool:
    from curation.decoding.paths import writable

    return isinstance(value, str) and writable(value) == value


def _is_iso(text: str) -> bool:
    from curation.manifest import parse_instant

    try:
        parse_instant(text)
    except (ValueError, OverflowError):
        return False
    return True


_DATES = {"report_time", "window_start", "window_end", "data_start_time", "data_end_time"}
_TEXTS = {*_DATES, "report_id", "report_type", "variant", "marketplace_id", "window", "charset"}
_REQUEST: dict[str, Callable[[Any], bool]] = {
    "report_options": lambda value: (
        isinstance(value, dict) and all(option is None or _is_text(option) for option in value.values())
    ),
    "marketplace_ids": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    **dict.fromkeys(_TEXTS, _is_text),
}
"""The values of a request that a trial uses, each with the check of its form."""


def read_request(file: Path | None) -> dict[str, Any]:
    """Return the request in `file`, without the names that have no value; an empty one when there is no file.

    Raises WrongUseError when the file cannot be read, or when a value that a trial uses has the wrong form.
    """
    if file is None:
        return {}
    try:
        request = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUseError(f"the request {file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise WrongUseError(f"the request {file} is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise WrongUseError(f"the request {file} is not a JSON object: use the file that lies beside a raw document")
    given = {name: value for name, value in request.items() if value is not None}
    for name in sorted(given.keys() & _REQUEST.keys()):
        if not _REQUEST[name](given[name]):
            raise WrongUseError(
                f"the request {file}: {name} has the wrong form: use the file that lies beside a raw document"
            )
    for name in sorted(given.keys() & _DATES):
        if not _is_iso(given[name]):
            raise WrongUseError(f"the request {file}: {name} {given[name]} is not a date or an instant in ISO form")
    return given
