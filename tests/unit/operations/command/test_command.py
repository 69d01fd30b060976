"""The `lake` command from outside: what it prints, where, and with which exit status."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner

from operations.command import account, app, query
from operations.deployment.registration import Registration, RegistrationRefusedError, Stored
from operations.errors import OperationsError
from operations.lake.athena import Column, QueryResult

ANSWER = QueryResult(
    "q-1", [Column("asin", "varchar"), Column("units", "bigint")], [("B1", 3), ("[red]", None)], 1200, 34
)
TOKEN = "Atzr|canary-refresh-token"
EVERYTHING, NOTHING = Stored("main", refresh_token=True, client=True), Stored("main", refresh_token=False, client=False)


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
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
            "nothing answers at http://127.0.0.1:9: is the cloud up?",
        ),
        (NoCredentialsError(), "no AWS credentials: log in"),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StartQueryExecution"),
            "these credentials may not call StartQueryExecution",
        ),
        (
            ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "old"}}, "StartQueryExecution"),
            "log in again",
        ),
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


def registering(
    monkeypatch: pytest.MonkeyPatch, outcome: Registration | Exception, known: Stored = EVERYTHING
) -> list[tuple[Any, ...]]:
    called: list[tuple[Any, ...]] = []

    def register(_lake: object, *arguments: Any) -> Registration:
        called.append(arguments)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(account, "register", register)
    monkeypatch.setattr(account, "stored", lambda _lake, _name: known)
    return called


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, **answers: str) -> list[tuple[str, bool]]:
    """Answer prompts by a word in them; the questions, and whether the answer stays hidden."""
    asked: list[tuple[str, bool]] = []

    def ask(question: str, password: bool = False) -> str:
        asked.append((question, password))
        return next(answer for word, answer in answers.items() if word in question.lower())

    monkeypatch.setattr(account, "_at_a_terminal", lambda: True)
    monkeypatch.setattr(account.Prompt, "ask", ask)
    return asked


def test_account_add_reads_the_token_from_standard_input_and_says_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = registering(monkeypatch, Registration("contoso", "main", "2026-11-20T13:00:00Z", "polled"))
    printed = lake_command("account", "add", "contoso", typed=f"{TOKEN}\n")
    assert called == [("contoso", f"{TOKEN}\n", None)]
    assert "so its reports are polled" in printed.stdout
    assert TOKEN not in printed.output


def test_account_add_takes_files_and_prints_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = registering(monkeypatch, Registration("northwind", "main", "2026-11-20T13:00:00Z", "subscribed"))
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "secret").write_text("s3cret")
    options = [
        "--refresh-token-file",
        str(tmp_path / "token"),
        "--client-id",
        "id",
        "--client-secret-file",
        str(tmp_path / "secret"),
        "--json",
    ]
    printed = lake_command("account", "add", "northwind", *options)
    assert called == [("northwind", TOKEN, ("id", "s3cret"))]
    assert json.loads(printed.stdout) == {
        "account": "northwind",
        "application": "main",
        "expires_at": "2026-11-20T13:00:00Z",
        "notifications": "subscribed",
    }


def test_account_add_fails_when_amazon_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    registering(
        monkeypatch, RegistrationRefusedError("Login with Amazon refused northwind: invalid_grant; authorise again")
    )
    printed = lake_command("account", "add", "northwind", typed=TOKEN)
    assert printed.exit_code == 1
    assert "authorise again" in printed.stderr


REGISTERED = Registration("northwind", "main", "2026-11-20T13:00:00Z", "subscribed")


def test_account_add_asks_for_the_applications_secret_when_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    called = registering(monkeypatch, REGISTERED, NOTHING)
    asked = at_a_terminal(monkeypatch, id="the-id", secret="s3cret", token=TOKEN)
    printed = lake_command("account", "add", "northwind")
    assert printed.exit_code == 0
    assert called == [("northwind", TOKEN, ("the-id", "s3cret"))]
    assert asked == [
        ("Client id of the application main", False),
        ("Client secret of the application main", True),
        ("Refresh token of northwind", True),
    ]
    assert "s3cret" not in printed.output


def test_account_add_asks_for_the_token_alone_when_the_application_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    called = registering(monkeypatch, REGISTERED)
    asked = at_a_terminal(monkeypatch, token=TOKEN)
    lake_command("account", "add", "northwind")
    assert called == [("northwind", TOKEN, None)]
    assert len(asked) == 1


@pytest.mark.parametrize("options", [["--client-id", "the-id"], ["--new-client-secret"]])
def test_account_add_changes_a_client_secret_alone_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    called = registering(monkeypatch, REGISTERED)
    asked = at_a_terminal(monkeypatch, id="the-id", secret="s3cret")
    printed = lake_command("account", "add", "northwind", *options)
    assert called == [("northwind", None, ("the-id", "s3cret"))]
    assert asked[-1] == ("Client secret of the application main", True)
    assert "Its refresh token was left as it is" in printed.stdout


def test_account_add_changes_a_client_secret_alone_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    called = registering(monkeypatch, REGISTERED)
    (tmp_path / "secret").write_text("s3cret")
    options = ["--client-id", "id", "--client-secret-file", str(tmp_path / "secret")]
    assert lake_command("account", "add", "northwind", *options).exit_code == 0
    assert lake_command("account", "add", "northwind", *options, typed=TOKEN).exit_code == 0
    assert lake_command("account", "add", "northwind", *options[:3], "-", typed="s3cret").exit_code == 0
    # A token on standard input is taken; none there, or the secret, leaves the one that is stored.
    assert called == [
        ("northwind", None, ("id", "s3cret")),
        ("northwind", TOKEN, ("id", "s3cret")),
        ("northwind", None, ("id", "s3cret")),
    ]


def test_account_add_without_a_terminal_says_how_to_pass_the_applications_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = registering(monkeypatch, REGISTERED, NOTHING)
    printed = lake_command("account", "add", "northwind", typed=TOKEN)
    assert printed.exit_code == 1
    assert "--client-id and --client-secret-file" in printed.stderr
    assert called == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--client-id", "id"], "go together"),
        (["--client-secret-file", "-"], "go together"),
        (["--refresh-token-file", "nowhere"], "nowhere cannot be read: No such file"),
        (["--refresh-token-file", "-", "--client-id", "id", "--client-secret-file", "-"], "only one of"),
    ],
)
def test_account_add_refuses_wrong_options(monkeypatch: pytest.MonkeyPatch, options: list[str], words: str) -> None:
    registering(monkeypatch, REGISTERED)
    printed = lake_command("account", "add", "northwind", *options, typed=TOKEN)
    assert printed.exit_code == 1
    assert words in printed.stderr
