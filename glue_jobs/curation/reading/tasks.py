"""Tasks: how documents are cut and dealt out to Spark's workers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curation.manifest import DocumentRecord

LARGE = 64 << 20
"""Content bytes from which a document is streamed to Spark as it is decoded and cut for several tasks.

Smaller documents are held in memory as a whole first.
"""

_TASK_COST = 10_000
"""What a task costs beside its content, in content bytes."""


@dataclass(frozen=True)
class Task:
    """One worker's share of a document: every `parts`-th block from `part` on.

    `charset` is the codec to start with after a failed attempt.
    """

    number: int
    document: DocumentRecord
    part: int = 0
    parts: int = 1
    charset: str | None = None

    @property
    def streamed(self) -> bool:
        """Tell whether rows go to Spark before the whole document has been read."""
        return self.parts > 1 or self.document.content_bytes >= LARGE


def first_tasks(documents: Iterable[DocumentRecord], cores: int) -> list[Task]:
    """Return the tasks that read each document once: a large one in at most as many parts as there are cores."""
    tasks: list[Task] = []
    for document in documents:
        parts = max(1, min(cores, -(-document.content_bytes // LARGE)))
        tasks += [Task(len(tasks) + part, document, part, parts) for part in range(parts)]
    return tasks


def tasks_with_next_charset(tasks: Sequence[Task], summaries: Mapping[int, Any], cores: int) -> Iterator[Task]:
    """Yield new tasks for the documents of which a task asked for another charset, in its summary."""
    number = max(summaries) + 1
    charsets: dict[str, tuple[DocumentRecord, str]] = {}
    for task in tasks:
        charset = summaries[task.number].get("again")
        if charset:
            charsets[task.document.name] = (task.document, charset)
    for document, charset in charsets.values():
        for task in first_tasks([document], cores):
            yield replace(task, number=number, charset=charset)
            number += 1


def shares(tasks: Sequence[Task], slices: int) -> list[list[Task]]:
    """Deal the tasks out to `slices` shares, the largest first and always to the smallest share."""
    dealt: list[list[Task]] = [[] for _ in range(slices)]
    weights = [0] * slices
    for task in sorted(tasks, key=lambda one: -one.document.content_bytes // one.parts):
        lightest = weights.index(min(weights))
        dealt[lightest].append(task)
        weights[lightest] += task.document.content_bytes // task.parts + _TASK_COST
    return dealt
