"""The `lake` command from outside: what it prints, where, and with which exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from operations.athena import Column, QueryResult
from operations.command import account, app, query
from operations.errors import OperationsError
from operations.registration import Registration, RegistrationRefusedError

ANSWER = QueryResult("q-1", [Column("asin", "varchar"), Column("units", "bigint")], [("B1", 3), ("[red]", None)], 1200, 34)
TOKEN = "Atzr|canary-refresh-token"


@pytest.fixture(autouse=True)
def lake(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (query, account):
        monkeypatch.setattr(module, "find", lambda config: config)
    monkeypatch.setenv("COLUMNS", "120")


def lake_command(*arguments: str, typed: str | None = None) -> Any:
    return CliRunner().invoke(app, list(arguments), input=typed)


def answering(monkeypatch: pytest.MonkeyPatch, answer: QueryResult | Exception) -> list[tuple[str, str | None]]:
    asked: list[tuple[str, str | None]] = []

    def run_query(_lake: object, sql: str, *, database: str | None, timeout: float) -> QueryResult:
        asked.append((sql, database))
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(query, "run_query", run_query)
    return asked


def test_query_prints_a_table_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, ANSWER)
    printed = lake_command("query", "SELECT 1")
    assert printed.exit_code == 0
    assert "B1" in printed.stdout
    assert "[red]" in printed.stdout
    assert "null" in printed.stdout
    assert "2 rows, 1.2 s" in printed.stdout


def test_query_prints_json_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, ANSWER)
    printed = lake_command("query", "-", "--database", "operations", "--json", typed="SELECT 2")
    assert asked == [("SELECT 2", "operations")]
    assert json.loads(printed.stdout) == {
        "query_id": "q-1",
        "columns": [{"name": "asin", "type": "varchar"}, {"name": "units", "type": "bigint"}],
        "rows": [{"asin": "B1", "units": 3}, {"asin": "[red]", "units": None}],
        "statistics": {"milliseconds": 1200, "bytes_scanned": 34},
    }


def test_query_prints_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, ANSWER)
    assert lake_command("query", "SELECT 1", "--csv").stdout == "asin,units\nB1,3\n[red],\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationsError("TABLE_NOT_FOUND: line 1:15"), "TABLE_NOT_FOUND: line 1:15"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "nothing answers at http://127.0.0.1:9: is the cloud up?"),
        (NoCredentialsError(), "no AWS credentials: log in"),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StartQueryExecution"),
            "these credentials may not call StartQueryExecution",
        ),
        (ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "old"}}, "StartQueryExecution"), "log in again"),
        (
            ClientError({"Error": {"Code": "InvalidRequestException", "Message": "workgroup"}}, "StartQueryExecution"),
            "StartQueryExecution: InvalidRequestException: workgroup",
        ),
    ],
)
def test_errors_are_one_line_and_exit_status_1(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    answering(monkeypatch, error)
    printed = lake_command("query", "SELECT 1")
    assert (printed.exit_code, printed.stdout) == (1, "")
    assert printed.stderr.startswith("lake: ")
    assert words in printed.stderr
    assert printed.stderr.count("\n") == 1


def test_an_unknown_option_is_wrong_use() -> None:
    assert lake_command("query", "SELECT 1", "--jsn").exit_code == 2


def registering(monkeypatch: pytest.MonkeyPatch, outcome: Registration | Exception) -> list[tuple[Any, ...]]:
    called: list[tuple[Any, ...]] = []

    def register(_lake: object, *arguments: Any) -> Registration:
        called.append(arguments)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(account, "register", register)
    return called


def test_account_add_reads_the_token_from_standard_input_and_says_what_came_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    called = registering(monkeypatch, Registration("contoso", "main", "2026-11-20T13:00:00Z", "polled"))
    printed = lake_command("account", "add", "contoso", typed=f"{TOKEN}\n")
    assert called == [("contoso", f"{TOKEN}\n", None)]
    assert "so its reports are polled" in printed.stdout
    assert TOKEN not in printed.output


def test_account_add_takes_files_and_prints_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = registering(monkeypatch, Registration("northwind", "main", "2026-11-20T13:00:00Z", "subscribed"))
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "secret").write_text("s3cret")
    options = ["--refresh-token-file", str(tmp_path / "token"), "--client-id", "id", "--client-secret-file", str(tmp_path / "secret"), "--json"]
    printed = lake_command("account", "add", "northwind", *options)
    assert called == [("northwind", TOKEN, ("id", "s3cret"))]
    assert json.loads(printed.stdout) == {"account": "northwind", "application": "main", "expires_at": "2026-11-20T13:00:00Z", "notifications": "subscribed"}


def test_account_add_fails_when_amazon_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    registering(monkeypatch, RegistrationRefusedError("Login with Amazon refused northwind: invalid_grant; authorise again"))
    printed = lake_command("account", "add", "northwind", typed=TOKEN)
    assert printed.exit_code == 1
    assert "authorise again" in printed.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--client-id", "id"], "go together"),
        (["--refresh-token-file", "nowhere"], "nowhere cannot be read: No such file"),
        (["--refresh-token-file", "-", "--client-id", "id", "--client-secret-file", "-"], "only one of"),
    ],
)
def test_account_add_refuses_wrong_options(options: list[str], words: str) -> None:
    printed = lake_command("account", "add", "northwind", *options, typed=TOKEN)
    assert printed.exit_code == 1
    assert words in printed.stderr
