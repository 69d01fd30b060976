"""The arguments of a run, and the database, full name and location of each table by them."""

from dataclasses import dataclass

from curation.contracts.model import Table
from curation.platform.spark_session import CATALOGUE


@dataclass(frozen=True)
class Settings:
    """The job's arguments, by their names."""

    manifest: str
    """URI of the run's manifest."""
    results: str
    """URI to write the run's results to."""
    contracts: str
    """URI of the bundle of contracts."""
    curated_database: str
    """Database of the report tables."""
    operations_database: str
    """Database of the job's own tables."""
    sensitivity_tag: str
    """Key of the LF-Tag that says how sensitive a column is."""
    warehouse: str
    """URI below which the tables are, as database/table."""
    data_docs: str
    """URI below which each run's quality page is written."""
    region: str
    """AWS region of the catalogue and the buckets: nothing promises that Glue names it in a worker's environment."""

    def name(self, table: Table) -> str:
        """Return the full name of a table."""
        return f"{CATALOGUE}.{self.database(table)}.{table.name}"

    def database(self, table: Table) -> str:
        """Return the database of a table: report tables are curated, the job's own are operations."""
        return self.curated_database if table.automatic else self.operations_database

    def location(self, table: Table) -> str:
        """Return the URI below which the table's files are."""
        return f"{self.warehouse.rstrip('/')}/{self.database(table)}/{table.name}"
