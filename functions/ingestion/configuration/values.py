"""Values of parameters, each of the type that it must have: KeyError and TypeError name the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def text(data: Mapping[str, Any], name: str) -> str:
    """A text that is not empty."""
    value = data[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} must be text, not {value!r}")
    return value


def texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts."""
    value = data[name]
    if not isinstance(value, list) or not all(isinstance(element, str) and element for element in value):
        raise TypeError(f"{name} must be a list of texts, not {value!r}")
    return tuple(value)


def optional_day(data: Mapping[str, Any], name: str) -> date | None:
    """A day; None when there is none. ValueError when it does not exist."""
    return date.fromisoformat(text(data, name)) if data.get(name) else None


def truth(data: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """True or false."""
    value = data.get(name, default)
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false, not {value!r}")
    return value


def whole(data: Mapping[str, Any], name: str) -> int | None:
    """A whole number above zero; None when there is none."""
    value = data.get(name)
    if value is not None and (type(value) is not int or value <= 0):
        raise TypeError(f"{name} must be a whole number above zero, not {value!r}")
    return value
