"""Literal bounds: SQL conditions on a table `t` that hold all rows of some units, so that a commit reads few files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from curation.contracts.model import Partition, Table
from curation.contracts.spark_types import spark_type
from curation.platform import iceberg, sql

MOST_LITERALS = 200
"""Values that are listed one by one; beyond, only the range between the least and the greatest is named."""

MOST_SEARCHED = 1_000_000
"""Up to this many rows a table is searched as a whole for the units that arrive.

Beyond, it is searched only in the partitions that the `fixed` columns of the rows name, and in those next to them.
"""

_STEPS = {"years": "YEAR", "months": "MONTH", "days": "DAY"}


def window_bounds(windows: Iterable[str]) -> str:
    """Return bounds for the rows of some windows."""
    ordered = sorted(set(windows))
    if len(ordered) > MOST_LITERALS:
        return f"t.request_window BETWEEN {sql.quoted(ordered[0])} AND {sql.quoted(ordered[-1])}"
    return f"t.request_window IN ({', '.join(map(sql.quoted, ordered))})" if ordered else "false"


def unit_bounds(spark: SparkSession, table: Table, view: str, searched: Sequence[str]) -> str:
    """Return bounds for the units in a view that arrive at the tables with the full names `searched`."""
    if _is_searched_whole(spark, table, searched):
        return "true"
    return row_bounds(spark, table, view, reach=1)


def row_bounds(spark: SparkSession, table: Table, view: str, *, reach: int = 0) -> str:
    """Return bounds on the partition columns that hold all old and new rows of the units in a view.

    A unit keeps its partition, because the partition's column belongs to the unit or is fixed for it. `reach`: how many
    partitions before and after that of a fixed value belong to the bounds, for values that moved across its border.
    """
    conditions = (_PartitionBounds(spark, table, one, view, reach).condition() for one in table.partitions)
    return " AND ".join(conditions) or "true"


def _is_searched_whole(spark: SparkSession, table: Table, names: Sequence[str]) -> bool:
    """Tell whether tables are to be searched as a whole.

    They are where a unit's partition depends on a `fixed` column, which Amazon may change all the same, and the tables
    are small. A million rows cost little more to search than their last month: only the columns of unit and order are
    read.
    """
    return any(_is_trusted(table, one.column) for one in table.partitions) and all(
        iceberg.number_of_rows(spark, name) <= MOST_SEARCHED for name in names
    )


def _is_trusted(table: Table, column: str) -> bool:
    """Tell whether only the contract's `fixed` says that a unit keeps its value of the column."""
    return column in table.fixed and column not in table.unit_columns


@dataclass(frozen=True)
class _PartitionBounds:
    """Bounds on one partition field, from the values in a view."""

    spark: SparkSession
    table: Table
    partition: Partition
    view: str
    reach: int

    def condition(self) -> str:
        alternatives = list(self._alternatives())
        return f"({' OR '.join(alternatives)})" if alternatives else "false"

    def _alternatives(self) -> Iterator[str]:
        column = f"t.`{self.partition.column}`"
        found = [
            row[0] for row in self.spark.sql(f"SELECT DISTINCT {self._value} FROM {self.view}").take(MOST_LITERALS + 1)
        ]
        if len(found) > MOST_LITERALS:
            yield f"{column} IS NULL"
            yield f"{column} BETWEEN {' AND '.join(map(self._literal, self._range()))}"
            return
        if None in found or self._far:
            yield f"{column} IS NULL"
        values = sorted(value for value in found if value is not None)
        if self._step:
            for value in values:
                low, high = self._moved(value, -self._far), self._moved(value, 1 + self._far)
                yield f"({column} >= {self._literal(low)} AND {column} < {self._literal(high)})"
        elif values:
            yield f"{column} IN ({', '.join(map(self._literal, values))})"

    def _range(self) -> tuple[Any, Any]:
        """Return the least and the greatest value; of steps, the beginning of the step after the greatest."""
        ((least, greatest),) = self.spark.sql(
            f"SELECT min({self._value}), max({self._value}) FROM {self.view}"
        ).collect()
        if not self._step:
            return least, greatest
        return self._moved(least, -self._far), self._moved(greatest, 1 + self._far)

    @property
    def _step(self) -> str | None:
        return _STEPS.get(self.partition.transform or "")

    @property
    def _value(self) -> str:
        column = f"`{self.partition.column}`"
        return f"CAST(date_trunc('{self._step}', {column}) AS DATE)" if self._step else column

    @property
    def _far(self) -> int:
        return self.reach if _is_trusted(self.table, self.partition.column) else 0

    def _moved(self, value: date, by: int) -> date:
        return moved(value, str(self._step), by)

    def _literal(self, value: Any) -> str:
        column = next(one for one in self.table.fields if one.name == self.partition.column)
        return sql.literal(value, spark_type(column).simpleString())


def moved(value: date, step: str, by: int) -> date:
    """Return the beginning of the YEAR, MONTH or DAY that is `by` steps after the one that begins with `value`.

    Before the year 1 there is none: the first one is returned.
    """
    if step == "DAY":
        return date.fromordinal(max(1, value.toordinal() + by))
    months = max(12, value.year * 12 + value.month - 1 + (by * 12 if step == "YEAR" else by))
    return date(months // 12, months % 12 + 1, 1)
