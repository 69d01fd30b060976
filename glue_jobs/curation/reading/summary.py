"""What reading a document gave besides rows: counts, charset, drift, refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curation.contracts.model import Contract
from curation.errors import RefusedError
from curation.manifest import DocumentRecord
from curation.reading.tasks import Task


@dataclass
class Counts:
    """Records of one document for one table, before publishing."""

    records: int = 0
    conformed: int = 0
    quarantined: int = 0
    excluded: int = 0
    excluded_by: dict[str, int] = field(default_factory=dict)

    def add(self, other: Mapping[str, Any]) -> None:
        """Add what another task, or another block, counted."""
        self.records += other["records"]
        self.conformed += other["conformed"]
        self.quarantined += other["quarantined"]
        self.excluded += other["excluded"]
        for name, count in other["excluded_by"].items():
            self.excluded_by[name] = self.excluded_by.get(name, 0) + count


@dataclass
class Reading:
    """What reading one document gave: its counts by table, or why it was refused."""

    document: DocumentRecord
    counts: dict[str, Counts] = field(default_factory=dict)
    charset: str = ""
    unknown: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    refusal: RefusedError | None = None

    @property
    def drift(self) -> dict[str, list[str]]:
        """Return the unknown and the missing fields of the document, without empty lists."""
        return drift_of(self.unknown, self.missing)


def drift_of(unknown: set[str], missing: set[str]) -> dict[str, list[str]]:
    """Return unknown and missing fields under these names, without empty lists."""
    return {name: sorted(found) for name, found in (("unknown", unknown), ("missing", missing)) if found}


def readings_of(contract: Contract, tasks: Sequence[Task], summaries: Mapping[int, Any]) -> dict[str, Reading]:
    """Return a Reading per document, by name, from the summaries of its tasks (by task number)."""
    readings: dict[str, Reading] = {}
    for task in tasks:
        summary = summaries[task.number]
        reading = readings.setdefault(
            task.document.name, Reading(task.document, {table.name: Counts() for table in contract.tables})
        )
        for name, counts in summary["counts"].items():
            reading.counts[name].add(counts)
        reading.charset = summary["charset"] or reading.charset
        reading.unknown |= set(summary["unknown"])
        reading.missing |= set(summary["missing"])
        if summary["refusal"] and reading.refusal is None:
            reading.refusal = RefusedError(*summary["refusal"])
    return readings
