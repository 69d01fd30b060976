"""LF-Tags on columns: databases are `personal`; the contract opens columns downward before the first row is written."""

from collections import defaultdict
from typing import Any, Protocol

from curation.contracts.model import Table


class Tagger(Protocol):
    """Tags columns with their sensitivity in the service that governs the tables."""

    def tag(self, database: str, table: Table) -> None:
        """Tag every column with its sensitivity. Raises when any column could not be tagged."""


class NoTagger:
    """For catalogues that Lake Formation does not govern."""

    def tag(self, database: str, table: Table) -> None:
        """Do nothing."""


class TaggingFailedError(Exception):
    """Lake Formation refused a tag; nothing is written to a table whose columns are not tagged."""


class LakeFormation:
    """Tags columns in AWS Lake Formation; `tag` is the key of the LF-Tag, which is one of the account's."""

    def __init__(self, client: Any, tag: str) -> None:
        self._client = client
        self._tag = tag

    def tag(self, database: str, table: Table) -> None:
        """Tag every column with its sensitivity. Raises TaggingFailedError."""
        columns: dict[str, list[str]] = defaultdict(list)
        for column in table.fields:
            columns[column.sensitivity].append(column.name)
        for sensitivity, names in sorted(columns.items()):
            answer = self._client.add_lf_tags_to_resource(
                Resource={"TableWithColumns": {"DatabaseName": database, "Name": table.name, "ColumnNames": names}},
                LFTags=[{"TagKey": self._tag, "TagValues": [sensitivity]}],
            )
            if failures := answer.get("Failures"):
                reasons = "; ".join(failure.get("Error", {}).get("ErrorMessage", "unknown") for failure in failures)
                raise TaggingFailedError(
                    f"{database}.{table.name}: columns could not be tagged {self._tag}={sensitivity}: {reasons}"
                )
