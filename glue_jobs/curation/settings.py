"""The arguments of a run, and the database, full name and location of each table by them."""

from dataclasses import dataclass

from curation.contracts.model import Table
from curation.platform.spark_session import CATALOGUE


@dataclass(frozen=True)
class Settings:
    """The job's arguments: URIs of what it reads and writes, and the names of the databases."""

    manifest: str
    results: str
    contracts: str
    curated_database: str
    operations_database: str
    sensitivity_tag: str
    warehouse: str
    data_docs: str

    def name(self, table: Table) -> str:
        """Return the full name of a table."""
        return f"{CATALOGUE}.{self.database(table)}.{table.name}"

    def database(self, table: Table) -> str:
        """Return the database of a table: report tables are curated, the job's own are operations."""
        return self.curated_database if table.automatic else self.operations_database

    def location(self, table: Table) -> str:
        """Return the URI below which the table's files are."""
        return f"{self.warehouse.rstrip('/')}/{self.database(table)}/{table.name}"
