"""A contract's types in Spark."""

from pyspark.sql import types as t

from curation.contracts.model import Column, Table

_PLAIN: dict[str, t.DataType] = {
    "string": t.StringType(),
    "int": t.IntegerType(),
    "bigint": t.LongType(),
    "double": t.DoubleType(),
    "boolean": t.BooleanType(),
    "date": t.DateType(),
    "timestamp": t.TimestampNTZType(),
    "map<string,string>": t.MapType(t.StringType(), t.StringType()),
}


def spark_type(column: Column) -> t.DataType:
    """Return the Spark type of a column."""
    decimal = column.decimal
    return t.DecimalType(*decimal) if decimal else _PLAIN[column.type]


def spark_schema(table: Table) -> t.StructType:
    """Return the Spark schema of a table, all columns in order.

    All are nullable: conforming checks what is required.
    """
    return t.StructType([t.StructField(column.name, spark_type(column)) for column in table.fields])
