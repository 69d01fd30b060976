"""Paths of a contract into nested records: `a.b`, `../a`, `Amount@currency`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from curation.errors import InvalidContractError

TEXT = ""
"""Key of an XML element's own text where the element has attributes or children too."""

_PATH = re.compile(r"^(?P<parents>(\.\./)*)(?P<steps>[^@]+)(@(?P<attribute>[^@]+))?$")


@dataclass(frozen=True)
class Path:
    """A parsed path: how many parents up, then the names down, then an attribute."""

    up: int
    steps: tuple[str, ...]
    attribute: str | None = None

    @property
    def plain(self) -> tuple[str, ...] | None:
        """Return the names when the path has neither parents nor an attribute."""
        return None if self.up or self.attribute else self.steps

    def find(self, record: Any) -> Any:
        """Return what the path leads to from a record (already the right parent).

        None where something on the way is missing. Raises ValueError where a name on the way is repeated.
        """
        value = record
        for name in self.steps:
            if isinstance(value, list):
                if len(value) != 1:
                    raise ValueError("is repeated")
                value = value[0]
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        if self.attribute:
            return value.get("@" + self.attribute) if isinstance(value, dict) else None
        return value[TEXT] if isinstance(value, dict) and TEXT in value else value


@cache
def parse_path(text: str) -> Path:
    """Return a path of a contract. Raises InvalidContractError for one that cannot be read."""
    match = _PATH.match(text)
    if match is None:
        raise InvalidContractError(f"{text!r} is not a path")
    return Path(len(match["parents"]) // 3, tuple(match["steps"].split(".")), match["attribute"])


def text_of(value: Any) -> str | None:
    """Return a value as text, the way selections compare it; None for a missing one."""
    if isinstance(value, dict):
        value = value.get(TEXT)
    if value is None or isinstance(value, str):
        return value
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def stepped(values: Sequence[Any], name: str) -> list[Any]:
    """Take one step of a path from many values at once. Raises ValueError where a value is repeated."""
    return [value.get(name) if value.__class__ is dict else _step_from_other(value, name) for value in values]


def _step_from_other(value: Any, name: str) -> Any:
    if isinstance(value, list):
        if len(value) != 1:
            raise ValueError("is repeated")
        value = value[0]
    return value.get(name) if isinstance(value, dict) else None


def contents(values: Sequence[Any], attribute: str | None) -> list[Any]:
    """Return what a path that leads to these values finds.

    That is an attribute of theirs, or their text where they have one beside attributes.
    """
    if attribute:
        key = "@" + attribute
        return [value.get(key) if value.__class__ is dict else None for value in values]
    return [value.get(TEXT, value) if value.__class__ is dict else value for value in values]


def children(records: Sequence[Any], name: str) -> tuple[list[Any], list[int]]:
    """Return the values below a name of all records, lists laid end to end, and for each the index of its record."""
    below: list[Any] = []
    at: list[int] = []
    for index, record in enumerate(records):
        value = record.get(name) if isinstance(record, dict) else None
        if value is None:
            continue
        if isinstance(value, list):
            below += value
            at += [index] * len(value)
        else:
            below.append(value)
            at.append(index)
    return below, at


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def writable(text: str) -> str:
    """Return a text that UTF-8 can hold: JSON can escape half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


KnownFields = dict[str, Any]


def known_fields(paths: Iterable[Sequence[str]]) -> KnownFields:
    """Return the tree of names that the paths know; a leaf is an empty tree."""
    tree: KnownFields = {}
    for path in paths:
        node = tree
        for name in path:
            node = node.setdefault(name, {})
    return tree


def unknown_fields(records: Sequence[Any], known: KnownFields, prefix: str = "") -> set[str]:
    """Return the dotted names that occur in the records and not in the tree; nothing is reported below a known leaf."""
    found: set[str] = set()
    objects = (
        records if set(map(type, records)) <= {dict} else [record for record in records if isinstance(record, dict)]
    )
    for name in set().union(*objects) if objects else ():
        if name == TEXT or (isinstance(name, str) and name.startswith("@")):
            continue
        if name not in known:
            found.add(writable(prefix + name))
        elif known[name]:
            below = [one for record in objects for one in _several(record.get(name))]
            found |= unknown_fields(below, known[name], f"{prefix}{name}.")
    return found
