"""What a batch changes in one table, computed before anything is written."""

from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from curation.contracts.model import Table
from curation.contracts.spark_types import spark_type
from curation.platform import sql

PUT, SAME, SUPERSEDED, DELETE = "put", "same", "superseded", "delete"


@dataclass
class ChangeSet:
    """What a batch changes in one table, computed and cached before anything is written.

    Its view holds all rows of the batch, each tagged: put (goes into the table), same (is there already, from the same
    document), superseded (its unit belongs to a newer document); and one row tagged delete for each unit whose old rows
    go. `bounds` are SQL conditions on the table `t` that hold all rows of the units. `counts`: rows by document and
    tag.
    """

    table: Table
    name: str
    view: str
    frame: DataFrame
    bounds: str
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    deleted_units: int = 0

    def published(self, document: str) -> int:
        """Return how many rows of the table are this document's, as of this run."""
        counts = self.counts.get(document, {})
        return counts.get(PUT, 0) + counts.get(SAME, 0)

    def superseded(self, document: str) -> int:
        """Return how many rows of the document a newer one restated."""
        return self.counts.get(document, {}).get(SUPERSEDED, 0)

    @property
    def rows_put(self) -> int:
        """Return how many rows the MERGE inserts."""
        return sum(counts.get(PUT, 0) for counts in self.counts.values())

    @property
    def empty(self) -> bool:
        """Tell whether the table stays as it is."""
        return not self.rows_put and not self.deleted_units

    def to_publish(self) -> DataFrame:
        """Return the rows that will be in the table because of this batch."""
        columns = sql.names(column.name for column in self.table.fields)
        return self.frame.sparkSession.sql(f"SELECT {columns} FROM {self.view} WHERE change IN ('{PUT}', '{SAME}')")

    def release(self) -> None:
        """Release the cached rows."""
        self.frame.unpersist()


def same_unit(table: Table, left: str, right: str) -> str:
    """Return the SQL condition that the rows of two aliases belong to the same unit; nulls are equal."""
    return " AND ".join(f"{left}.`{column}` <=> {right}.`{column}`" for column in table.unit_columns)


def deleted_columns(table: Table, alias: str = "") -> str:
    """Return the columns of a row tagged delete, in SQL: those of its unit, and null for the others."""
    return ", ".join(
        sql.names([column.name], alias)
        if column.name in table.unit_columns
        else f"CAST(NULL AS {spark_type(column).simpleString()}) AS `{column.name}`"
        for column in table.fields
    )
