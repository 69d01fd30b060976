"""Raw blocks of nested records (JSON, XML): a chunk of them, and the tree of what lies below them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from curation.decoding.paths import Path, children, contents, stepped

BOOLEANS = tuple(np.frombuffer(b"truefals", np.uint32))
"""The beginnings of true and false as numbers, which are found five times as fast as bytes."""


@dataclass(frozen=True)
class Chunk:
    """Outer records in the order of the document.

    `first` is the number of the first record. `content` is the text of the records if all their numbers are ints and
    doubles, and empty otherwise.
    """

    path: tuple[str, ...]
    first: int
    records: list[Any]
    content: bytes = b""

    @cached_property
    def plain(self) -> bool:
        """Tell whether the records can be converted to Arrow as they are.

        Then their numbers are ints and doubles, and they hold no booleans (nor texts that look like them).
        """
        signs = np.frombuffer(self.content, np.uint8)
        fours = [
            signs[start : start + (len(signs) - start) // 4 * 4].view(np.uint32) for start in range(min(4, len(signs)))
        ]
        return bool(self.content) and not any(bool((words == word).any()) for words in fours for word in BOOLEANS)


class Tree:
    """The records of a chunk and what lies below them.

    It is walked once for all tables: what one table finds at an order, the tables of its items use as well.
    """

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self._levels: dict[tuple[str, ...], tuple[Sequence[Any], Any]] = {(): (chunk.records, None)}
        self._values: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Any]] = {}
        self._texts: dict[tuple[tuple[str, ...], Path], pa.Array] = {}

    def records(self, base: tuple[str, ...]) -> Sequence[Any]:
        """Return all values below the names of `base`, in the order of the document."""
        return self._level(base)[0]

    def lines(self, base: tuple[str, ...]) -> Any:
        """Return the numbers of nested records: those of their outermost record."""
        origins = self.above(base, len(base))
        return self.chunk.first + (np.arange(len(self.chunk.records), dtype=np.int64) if origins is None else origins)

    def above(self, base: tuple[str, ...], up: int) -> Any:
        """Return for each record of `base` the index of the one that lies `up` levels above; None for itself."""
        found = None
        for level in range(len(base), len(base) - up, -1):
            at = self._level(base[:level])[1]
            found = at if found is None else at[found]
        return found

    def values(self, base: tuple[str, ...], steps: tuple[str, ...]) -> Sequence[Any]:
        """Return what the names of `steps` lead to from each record of `base`.

        Raises ValueError where a name on the way is repeated.
        """
        if not steps:
            return self.records(base)
        known = self._values.get((base, steps))
        if known is None:
            known = self._values[base, steps] = stepped(self.values(base, steps[:-1]), steps[-1])
        return known

    def texts(self, base: tuple[str, ...], path: Path) -> pa.Array:
        """Return what a path leads to from each record of `base`, in Arrow.

        Raises ValueError where a name on the way is repeated or where the path leads to something other than a text.
        """
        known = self._texts.get((base, path))
        if known is None:
            try:
                known = self._texts[base, path] = pa.array(
                    contents(self.values(base, path.steps), path.attribute), pa.string()
                )
            except pa.ArrowTypeError as error:
                raise ValueError("is not a text") from error
        return known

    def _level(self, base: tuple[str, ...]) -> tuple[Sequence[Any], Any]:
        known = self._levels.get(base)
        if known is None:
            below, at = children(self._level(base[:-1])[0], base[-1])
            known = self._levels[base] = (below, np.array(at, dtype=np.int64))
        return known
