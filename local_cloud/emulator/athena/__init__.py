"""Amazon Athena over Iceberg tables: its SQL translated by sqlglot and run by DuckDB; Athena's API is in ministack.

Queries read the data files of the current snapshot.

What this does not prove about real Athena:
- DuckDB is not Trino. Ordinary analytics agree (dates, division, decimals, NULL order, windows, collections are
  tested); approx_percentile, rounding of double averages, the text of error messages and rarely used functions may not.
  What DuckDB lacks fails here and may work there.
- Writes (INSERT, MERGE, CREATE TABLE AS, UNLOAD) and views are refused.
- Tables with delete files (merge-on-read) are refused; this product writes copy-on-write.
- Encryption, concurrency quotas and costs are not enforced; DataScannedInBytes is the size of the files read.
"""


class QueryError(Exception):
    """Why a query fails, in Athena's form: an error name, a colon, the details."""
