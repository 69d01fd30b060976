"""A contract's types in Arrow."""

from functools import cache

import pyarrow as pa

from curation.contracts.model import Column, Table

_PLAIN = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "map<string,string>": pa.map_(pa.string(), pa.string()),
}


def arrow_type(column: Column) -> pa.DataType:
    """Return the Arrow type of a column; instants are UTC without a zone."""
    decimal = column.decimal
    return pa.decimal128(*decimal) if decimal else _PLAIN[column.type]


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table's rows, all columns in order."""
    return _schema(table.fields)


@cache
def _schema(columns: tuple[Column, ...]) -> pa.Schema:
    return pa.schema([pa.field(column.name, arrow_type(column)) for column in columns])
