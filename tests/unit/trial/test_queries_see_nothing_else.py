"""A rule's query comes from a file that somebody may have sent: it sees the rows of the trial, and nothing else."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from curation.contracts.model import Rule
from curation.errors import RuleFailedToRunError
from trial.pandas_judge import PandasJudge

ROWS = pa.table({"source_document": ["a/1"]})


def _run(query: str) -> bool:
    judge = PandasJudge({"orders": ROWS})
    (holds,) = judge.successes("orders", None, [Rule("r", "unexpected_rows", "warning", {"query": query})])
    return holds


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.csv"
    path.write_text("a\nb\n")
    return path


def test_a_query_sees_the_rows() -> None:
    assert not _run("SELECT source_document FROM {batch}")
    assert _run("SELECT source_document FROM {batch} WHERE false")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT source_document FROM {batch}; COPY (SELECT 1) TO '{folder}/planted'",
        "COPY (SELECT 1) TO '{folder}/planted'",
        "ATTACH '{folder}/planted' AS planted",
        "EXPORT DATABASE '{folder}/planted'",
        "INSTALL httpfs",
        "LOAD '{folder}/planted.duckdb_extension'",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "SELECT * FROM ROWS",
        "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    ],
)
def test_a_query_reads_and_writes_nothing_of_the_machine(query: str, secret: Path) -> None:
    text = query.replace("{secret}", str(secret)).replace("{folder}", str(secret.parent))
    with pytest.raises(RuleFailedToRunError):
        _run(text)
    assert [path.name for path in secret.parent.iterdir()] == [secret.name]


def test_without_these_settings_duckdb_reads_files(secret: Path) -> None:
    """What the settings are for; when DuckDB itself refuses, they may go."""
    assert duckdb.sql(f"SELECT * FROM read_text('{secret}')").fetchall()
