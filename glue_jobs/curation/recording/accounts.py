"""The accounts of a document: what became of each of its records, table by table."""

from dataclasses import dataclass

from curation.errors import AccountingError
from curation.publishing.change_set import ChangeSet
from curation.reading.summary import Counts


@dataclass(frozen=True)
class TableCounts:
    """Records of one document for one table: records = published + superseded + quarantined + excluded."""

    records: int = 0
    published: int = 0
    superseded: int = 0
    quarantined: int = 0
    excluded: int = 0


def table_counts(document: str, counts: Counts, changes: ChangeSet, *, stopped: bool) -> TableCounts:
    """Return what became of a document's records for the table of a change set.

    `stopped`: it broke a critical rule, so that none of its rows is published. Raises AccountingError when the counts
    do not add up.
    """
    if stopped:
        found = TableCounts(counts.records, 0, 0, counts.conformed + counts.quarantined, counts.excluded)
    else:
        found = TableCounts(
            counts.records,
            changes.published(document),
            changes.superseded(document),
            counts.quarantined,
            counts.excluded,
        )
    if found.records != found.published + found.superseded + found.quarantined + found.excluded:
        raise AccountingError(
            f"{document}, table {changes.table.name}: {found.records} records are not the sum of {found}"
        )
    return found
