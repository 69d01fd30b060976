# ruff: noqa: S608 - the SQL is made of names and literals of contracts and of the catalogue, quoted here
"""The one load rule: a document speaks for units, the newest document of a unit wins, and a changed unit is replaced as
a whole in one MERGE.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as t

from curation.contracts.model import WINDOW_UNIT, Table
from curation.contracts.spark_types import spark_schema, spark_type
from curation.manifest import DocumentRecord

PUT, SAME, SUPERSEDED, DELETE = "put", "same", "superseded", "delete"
MOST_LITERALS = 200
MOST_SEARCHED = 1_000_000
"""Up to this many rows a table is searched as a whole for the units that arrive; beyond, only where their `fixed`
columns say they are, and next to it.
"""


@dataclass
class ChangeSet:
    """What a batch changes in one table, computed and cached before anything is written.

    Its view holds all rows of the batch, each tagged: put (goes into the table), same (is there already, from the same
    document), superseded (a newer document speaks for its unit); and one row tagged delete for each unit whose old rows
    go. `counts`: rows by document and tag.
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
        spark = self.frame.sparkSession
        columns = ", ".join(f"`{column.name}`" for column in self.table.fields)
        return spark.sql(f"SELECT {columns} FROM {self.view} WHERE change IN ('{PUT}', '{SAME}')")

    def release(self) -> None:
        """Give the cached rows back."""
        self.frame.unpersist()


def changes_for_documents(
    spark: SparkSession, table: Table, name: str, rows: DataFrame, speaking: Sequence[DocumentRecord], *, replayed: bool
) -> ChangeSet:
    """Compute what documents change in a table with the unit `window`.

    `speaking`: the newest document of each window unit, empty ones included; rows of other documents are superseded.
    `replayed`: some of them were published before, so look whether anything differs.
    """
    newest = [
        (*document.window_unit, document.report_time.replace(tzinfo=None), document.name) for document in speaking
    ]
    schema = t.StructType([*(t.StructField(column, t.StringType()) for column in WINDOW_UNIT), *_order_fields(table)])
    arriving = spark.createDataFrame(newest, schema)
    windows = sorted({document.window for document in speaking})
    if len(windows) <= MOST_LITERALS:
        bounds = f"t.request_window IN ({', '.join(_text(window) for window in windows)})" if windows else "false"
    else:
        bounds = f"t.request_window BETWEEN {_text(windows[0])} AND {_text(windows[-1])}"
    return _changes(spark, table, name, rows, arriving, bounds=bounds, replayed=replayed)


@dataclass(frozen=True)
class Naming:
    """The table whose rows name the units of another one (orders name the units of their promotions): its rows in the
    batch, and its full name.
    """

    rows: DataFrame
    name: str


def changes_for_rows(
    spark: SparkSession, table: Table, name: str, rows: DataFrame, naming: Naming | None = None, *, replayed: bool
) -> ChangeSet:
    """Compute what rows change in a table whose units are named in the rows (orders, settlements), its own or those of
    `naming`.
    """
    view = f"{table.name}_arrived"
    columns = [
        *table.unit_columns,
        *(one.name for one in _order_fields(table)),
        *(one.column for one in table.partitions),
    ]
    columns = list(dict.fromkeys(columns))
    units_of_rows = rows.select(*columns)
    (units_of_rows.unionByName(naming.rows.select(*columns)) if naming else units_of_rows).createOrReplaceTempView(view)
    order = ", ".join(f"`{one.name}`" for one in _order_fields(table))
    units = ", ".join(f"`{column}`" for column in table.unit_columns)
    parts = ", ".join(f"newest.`{one.name}`" for one in _order_fields(table))
    arriving = spark.sql(
        f"SELECT {units}, {parts} FROM (SELECT {units}, max(struct({order})) AS newest FROM {view} GROUP BY {units})"
    )
    bounds = (
        "true"
        if _searched(spark, table, (name, naming.name) if naming else (name,))
        else row_bounds(spark, table, view, reach=1)
    )
    return _changes(spark, table, name, rows, arriving, bounds=bounds, replayed=replayed, naming=naming)


def _searched(spark: SparkSession, table: Table, names: Sequence[str]) -> bool:
    """Tell whether tables are to be searched as a whole: where a unit's partition hangs on a `fixed` column, which
    Amazon may break, and the tables are small.

    A million rows cost little more to look through than their last month: only the columns of unit and order are read.
    """
    trusted = {one.column for one in table.partitions} & {*table.fixed} - {*table.unit_columns}
    return bool(trusted) and all(_size(spark, name) <= MOST_SEARCHED for name in names)


def _size(spark: SparkSession, name: str) -> int:
    """Return how many rows a table has, as its current snapshot says."""
    jvm: Any = spark._jvm
    snapshot = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name).currentSnapshot()
    return int(snapshot.summary().get("total-records")) if snapshot else 0


def row_bounds(spark: SparkSession, table: Table, view: str, *, reach: int = 0) -> str:
    """Return literal bounds on the partition columns that hold all old and new rows of the units in a view.

    A unit keeps its partition, because the partition's column belongs to the unit or is fixed for it. `reach`: how many
    partitions before and after that of a fixed value belong to the bounds, for values that moved across its border.
    """
    conditions = []
    for partition in table.partitions:
        column = f"`{partition.column}`"
        step = {"years": "YEAR", "months": "MONTH", "days": "DAY"}.get(partition.transform or "")
        value = f"CAST(date_trunc('{step}', {column}) AS DATE)" if step else column
        found = [row[0] for row in spark.sql(f"SELECT DISTINCT {value} FROM {view}").take(MOST_LITERALS + 1)]
        far = reach if partition.column in {*table.fixed} - {*table.unit_columns} else 0
        conditions.append(
            _partition_condition(spark, table, partition.column, step, value=value, found=found, view=view, reach=far)
        )
    return " AND ".join(conditions) or "true"


def _partition_condition(
    spark: SparkSession,
    table: Table,
    column: str,
    step: str | None,
    *,
    value: str,
    found: Sequence[Any],
    view: str,
    reach: int,
) -> str:
    kind = next(spark_type(one) for one in table.fields if one.name == column).simpleString()
    values = sorted(value for value in found if value is not None)
    alternatives = [f"t.`{column}` IS NULL"] if None in found or reach else []
    if len(found) > MOST_LITERALS:
        low, high = spark.sql(f"SELECT min({value}), max({value}) FROM {view}").head() or (None, None)
        if step:
            low, high = _moved(low, step, -reach), _moved(high, step, 1 + reach)
        alternatives = [
            f"t.`{column}` IS NULL",
            f"t.`{column}` BETWEEN {_literal(low, kind)} AND {_literal(high, kind)}",
        ]
    elif step:
        ranges = [(_moved(value, step, -reach), _moved(value, step, 1 + reach)) for value in values]
        alternatives += [
            f"(t.`{column}` >= {_literal(low, kind)} AND t.`{column}` < {_literal(high, kind)})" for low, high in ranges
        ]
    elif values:
        alternatives.append(f"t.`{column}` IN ({', '.join(_literal(value, kind) for value in values)})")
    return f"({' OR '.join(alternatives)})" if alternatives else "false"


def _moved(value: Any, step: str, by: int) -> date:
    """Return the beginning of the year, month or day that is so many after the one that begins with `value`; before the
    year 1 there is none.
    """
    if step == "DAY":
        return date.fromordinal(max(1, value.toordinal() + by))
    months = max(12, value.year * 12 + value.month - 1 + (by * 12 if step == "YEAR" else by))
    return date(months // 12, months % 12 + 1, 1)


def _changes(
    spark: SparkSession,
    table: Table,
    name: str,
    rows: DataFrame,
    arriving: DataFrame,
    *,
    bounds: str,
    replayed: bool,
    naming: Naming | None = None,
) -> ChangeSet:
    views = {key: f"{table.name}_{key}" for key in ("rows", "arriving", "decided", "changes")}
    rows.createOrReplaceTempView(views["rows"])
    arriving.createOrReplaceTempView(views["arriving"])
    spark.sql(
        _decided(table, name, naming.name if naming else None, views, bounds, replayed=replayed)
    ).createOrReplaceTempView(views["decided"])
    frame = spark.sql(_tagged(table, views)).persist(StorageLevel.MEMORY_AND_DISK)
    frame.createOrReplaceTempView(views["changes"])
    changes = ChangeSet(table, name, views["changes"], frame, bounds)
    for document, tag, count in frame.groupBy("source_document", "change").count().collect():
        if tag == DELETE:
            changes.deleted_units += count
        else:
            changes.counts.setdefault(document, {})[tag] = count
    return changes


def _decided(
    table: Table, name: str, named_by: str | None, views: Mapping[str, str], bounds: str, *, replayed: bool
) -> str:
    """Return the query for the units that the batch decides: those the table does not have newer, and whether it has
    them at all.
    """
    units = ", ".join(f"t.`{column}`" for column in table.unit_columns)
    order = _order("t", table)
    content = f", sum(cast({_content_hash('t', table)} AS decimal(38, 0))) AS content" if replayed else ", 0 AS content"
    present = f"""
        SELECT {units}, max({order}) AS present, count(*) AS size{content}
        FROM {name} t LEFT SEMI JOIN {views["arriving"]} a ON {_same_unit(table, "t", "a")}
        WHERE {bounds} GROUP BY {units}"""
    if named_by:
        # A unit that a newer document left empty has no rows here: the table that names it knows how new it is.
        own = ", ".join(f"`{column}`" for column in table.unit_columns)
        present = f"""
        SELECT {own}, max(present) AS present, sum(size) AS size, sum(content) AS content FROM ({present}
            UNION ALL SELECT {units}, max({order}), 0, 0 FROM {named_by} t LEFT SEMI JOIN {views["arriving"]} a ON {_same_unit(table, "t", "a")}
            WHERE {bounds} GROUP BY {units}) GROUP BY {own}"""
    same = "false"
    joined = ""
    if replayed:
        # The same document again: look whether its rows are there as they are now decoded (a newer contract may read
        # more of it).
        arrived = ", ".join(f"r.`{column}`" for column in table.unit_columns)
        joined = f"""
            LEFT JOIN (SELECT {arrived}, r.source_document, count(*) AS size, sum(cast({_content_hash("r", table)} AS decimal(38, 0))) AS content
                       FROM {views["rows"]} r GROUP BY {arrived}, r.source_document) r
            ON {_same_unit(table, "r", "a")} AND r.source_document = a.source_document"""
        same = f"coalesce(p.present = {_order('a', table)} AND p.size = r.size AND p.content = r.content, false)"
    own = ", ".join(f"a.`{column}`" for column in table.unit_columns)
    return f"""
        SELECT {own}, a.source_document, coalesce(p.size, 0) > 0 AS exists, {same} AS same
        FROM {views["arriving"]} a LEFT JOIN ({present}) p ON {_same_unit(table, "p", "a")} {joined}
        WHERE p.present IS NULL OR p.present <= {_order("a", table)}"""


def _tagged(table: Table, views: Mapping[str, str]) -> str:
    columns = ", ".join(f"r.`{column.name}`" for column in table.fields)
    # Units of documents are as few as the documents: all rows need not be sorted and sent about to meet them. Spark
    # cannot know it.
    hint = "/*+ BROADCAST(d) */ " if table.unit == "window" else ""
    units = set(table.unit_columns)
    gone = ", ".join(
        f"d.`{column.name}`"
        if column.name in units
        else f"CAST(NULL AS {spark_type(column).simpleString()}) AS `{column.name}`"
        for column in table.fields
    )
    return f"""
        SELECT {hint}CASE WHEN d.source_document = r.source_document THEN if(d.same, '{SAME}', '{PUT}') ELSE '{SUPERSEDED}' END AS change, {columns}
        FROM {views["rows"]} r LEFT JOIN {views["decided"]} d ON {_same_unit(table, "r", "d")}
        UNION ALL
        SELECT '{DELETE}' AS change, {gone} FROM {views["decided"]} d WHERE d.exists AND NOT d.same"""


def merge(spark: SparkSession, changes: ChangeSet) -> None:
    """Write a change set: units that changed lose their old rows and get their new ones, in one commit. Repeating it
    gives the same table.

    Where the table has none of the units there is nothing to match, and the MERGE is an append.
    """
    if changes.empty:
        return
    columns = ", ".join(f"`{column.name}`" for column in changes.table.fields)
    if not changes.deleted_units:
        spark.sql(f"INSERT INTO {changes.name} ({columns}) SELECT {columns} FROM {changes.view} WHERE change = '{PUT}'")
        return
    values = ", ".join(f"s.`{column.name}`" for column in changes.table.fields)
    spark.sql(f"""
        MERGE INTO {changes.name} t
        USING (SELECT change, {columns} FROM {changes.view} WHERE change IN ('{PUT}', '{DELETE}')) s
        ON s.change = '{DELETE}' AND {_same_unit(changes.table, "t", "s")} AND {changes.bounds}
        WHEN MATCHED THEN DELETE
        WHEN NOT MATCHED AND s.change = '{PUT}' THEN INSERT ({columns}) VALUES ({values})""")


def append(table: Table, name: str, rows: DataFrame) -> None:
    """Append rows to an operations table that has none of their units."""
    rows.select(*[column.name for column in table.fields]).writeTo(name).append()


def replace_units(spark: SparkSession, table: Table, name: str, rows: DataFrame, units: DataFrame) -> None:
    """Replace what an operations table says of some units: the latest run is right. `units` may name units without
    rows; they become empty.
    """
    views = {"rows": f"{table.name}_rows", "units": f"{table.name}_units", "changes": f"{table.name}_changes"}
    rows = rows.persist(StorageLevel.MEMORY_AND_DISK)
    rows.createOrReplaceTempView(views["rows"])
    units.createOrReplaceTempView(views["units"])
    bounds = row_bounds(spark, table, views["units"])
    columns = ", ".join(f"`{column.name}`" for column in table.fields)
    named = {*table.unit_columns}
    gone = ", ".join(
        f"`{column.name}`"
        if column.name in named
        else f"CAST(NULL AS {spark_type(column).simpleString()}) AS `{column.name}`"
        for column in table.fields
    )
    unit_list = ", ".join(f"`{column}`" for column in table.unit_columns)
    source = spark.sql(f"""
        SELECT '{PUT}' AS change, {columns} FROM {views["rows"]}
        UNION ALL SELECT '{DELETE}' AS change, {gone} FROM (SELECT DISTINCT {unit_list} FROM {views["units"]})""").persist(
        StorageLevel.MEMORY_AND_DISK
    )
    source.createOrReplaceTempView(views["changes"])
    merge(spark, ChangeSet(table, name, views["changes"], source, bounds, deleted_units=1))
    source.unpersist()
    rows.unpersist()


def _order_fields(table: Table) -> list[t.StructField]:
    version = [one for one in spark_schema(table) if one.name == table.version]
    names = ("observed_at", "source_document")
    return [*version, t.StructField(names[0], t.TimestampNTZType()), t.StructField(names[1], t.StringType())]


def _order(alias: str, table: Table) -> str:
    return "struct(" + ", ".join(f"{alias}.`{one.name}`" for one in _order_fields(table)) + ")"


def _same_unit(table: Table, left: str, right: str) -> str:
    return " AND ".join(f"{left}.`{column}` <=> {right}.`{column}`" for column in table.unit_columns)


def _content_hash(alias: str, table: Table) -> str:
    # xxhash64 takes no maps; their entries are an array of structs.
    values = [
        f"map_entries({alias}.`{column.name}`)" if column.type.startswith("map<") else f"{alias}.`{column.name}`"
        for column in table.fields
    ]
    return f"xxhash64({', '.join(values)})"


def _literal(value: Any, kind: str) -> str:
    if kind == "date":
        return f"DATE'{value:%Y-%m-%d}'"
    if kind == "timestamp_ntz":
        return f"TIMESTAMP_NTZ'{datetime(value.year, value.month, value.day) if type(value) is date else value}'"  # noqa: DTZ001 - UTC without zone
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
