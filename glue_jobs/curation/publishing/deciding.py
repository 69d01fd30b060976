"""The one load rule in SQL: which units a batch decides, and what becomes of each of its rows.

The statements are pinned in tests/fixtures/golden.
"""

from dataclasses import dataclass

from pyspark.sql import types as t

from curation.contracts.model import Table
from curation.contracts.spark_types import spark_schema
from curation.platform import sql
from curation.publishing.change_set import DELETE, PUT, SAME, SUPERSEDED, deleted_columns, same_unit


@dataclass(frozen=True)
class Views:
    """The views of one table's batch.

    `rows`: the rows; `arriving`: the units they belong to, each with its newest document; `decided`: the units that the
    batch decides; `changes`: the tagged rows.
    """

    rows: str
    arriving: str
    decided: str
    changes: str

    @classmethod
    def of(cls, table: Table) -> "Views":
        """Return the names of the views of a table."""
        return cls(*(f"{table.name}_{name}" for name in ("rows", "arriving", "decided", "changes")))


def order_fields(table: Table) -> list[t.StructField]:
    """Return the columns by which the documents of a unit are ordered: the version if there is one, then the time."""
    version = [one for one in spark_schema(table) if one.name == table.version]
    return [
        *version,
        t.StructField("observed_at", t.TimestampNTZType()),
        t.StructField("source_document", t.StringType()),
    ]


def deciding_statement(
    table: Table, name: str, views: Views, *, bounds: str, parent: str | None = None, replayed: bool
) -> str:
    """Return the query for the units that the batch decides, and whether the table has rows of them.

    The batch decides a unit unless the table has it from a newer document. `name` is the table's full name, `parent`
    the full name of the table that its units come from. `replayed`: some documents may have been published before; a
    unit is `same` where the table has exactly the rows that arrive, from the same document.
    """
    steps = [("present", _present(table, name, views, bounds, replayed=replayed))]
    if parent:
        # A unit that a newer document left empty has no rows here: the parent's rows tell how new it is.
        steps.append(("present_in_parent", _present_in_parent(table, parent, views, bounds)))
        steps.append(("latest", _latest(table)))
    if replayed:
        # A newer contract may read more of the same document: only equal rows are left alone.
        steps.append(("arrived", _arrived(table, views)))
    common = ",\n".join(f"{step} AS (\n{query}\n)" for step, query in steps)
    return f"WITH {common}\n{_decided(table, views, 'latest' if parent else 'present', replayed=replayed)}"


def tagging_statement(table: Table, views: Views) -> str:
    """Return the query that tags the rows of a batch, and adds a row tagged delete for each unit whose old rows go."""
    columns = sql.names((column.name for column in table.fields), "r")
    # Documents decide only as many units as there are documents. Spark does not know that: it would shuffle all rows.
    hint = "/*+ BROADCAST(d) */ " if table.unit == "window" else ""
    return f"""\
SELECT {hint}CASE
    WHEN d.source_document = r.source_document THEN if(d.same, '{SAME}', '{PUT}')
    ELSE '{SUPERSEDED}'
  END AS change, {columns}
FROM {views.rows} r LEFT JOIN {views.decided} d ON {same_unit(table, "r", "d")}
UNION ALL
SELECT '{DELETE}' AS change, {deleted_columns(table, "d")}
FROM {views.decided} d WHERE d.exists AND NOT d.same"""


def _present(table: Table, name: str, views: Views, bounds: str, *, replayed: bool) -> str:
    units = sql.names(table.unit_columns, "t")
    content = _content(table, "t") if replayed else "0"
    return f"""\
  SELECT {units}, max({_order(table, "t")}) AS newest, count(*) AS size, {content} AS content
  FROM {name} t LEFT SEMI JOIN {views.arriving} a ON {same_unit(table, "t", "a")}
  WHERE {bounds}
  GROUP BY {units}"""


def _present_in_parent(table: Table, parent: str, views: Views, bounds: str) -> str:
    units = sql.names(table.unit_columns, "t")
    return f"""\
  SELECT {units}, max({_order(table, "t")}) AS newest, 0 AS size, 0 AS content
  FROM {parent} t LEFT SEMI JOIN {views.arriving} a ON {same_unit(table, "t", "a")}
  WHERE {bounds}
  GROUP BY {units}"""


def _latest(table: Table) -> str:
    units = sql.names(table.unit_columns)
    return f"""\
  SELECT {units}, max(newest) AS newest, sum(size) AS size, sum(content) AS content
  FROM (SELECT * FROM present UNION ALL SELECT * FROM present_in_parent)
  GROUP BY {units}"""


def _arrived(table: Table, views: Views) -> str:
    units = sql.names(table.unit_columns, "r")
    return f"""\
  SELECT {units}, r.source_document, count(*) AS size, {_content(table, "r")} AS content
  FROM {views.rows} r
  GROUP BY {units}, r.source_document"""


def _decided(table: Table, views: Views, present: str, *, replayed: bool) -> str:
    order = _order(table, "a")
    same, arrived = "false", ""
    if replayed:
        same = f"coalesce(p.newest = {order} AND p.size = r.size AND p.content = r.content, false)"
        arrived = f"LEFT JOIN arrived r ON {same_unit(table, 'r', 'a')} AND r.source_document = a.source_document\n"
    return f"""\
SELECT {sql.names(table.unit_columns, "a")}, a.source_document, coalesce(p.size, 0) > 0 AS exists, {same} AS same
FROM {views.arriving} a LEFT JOIN {present} p ON {same_unit(table, "p", "a")}
{arrived}WHERE p.newest IS NULL OR p.newest <= {order}"""


def _order(table: Table, alias: str) -> str:
    return f"struct({sql.names((one.name for one in order_fields(table)), alias)})"


def _content(table: Table, alias: str) -> str:
    """Return a sum over hashes of rows: equal for equal rows in any order."""
    # xxhash64 takes no maps; their entries are an array of structs.
    values = [
        f"map_entries({alias}.`{column.name}`)" if column.type.startswith("map<") else f"{alias}.`{column.name}`"
        for column in table.fields
    ]
    return f"sum(cast(xxhash64({', '.join(values)}) AS decimal(38, 0)))"
