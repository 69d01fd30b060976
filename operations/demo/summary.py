"""The end of the demo: coverage, rows, quality, answers, and what to try next."""

from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax

from operations.command.coverage_view import coverage_table, waiting_table
from operations.command.query import result_table
from operations.demo.questions import QUESTIONS, TABLES, Question
from operations.demo.steps import Steps
from operations.deployment.local_lake import LocalLake
from operations.lake.athena import QueryResult, run_query
from operations.lake.coverage import Coverage
from operations.lake.location import Location

TRY_NEXT = (
    ('query "SELECT * FROM orders LIMIT 5"', "ask anything; SHOW TABLES lists the tables"),
    ('query -d operations "SELECT * FROM quarantine"', "rows that did not fit, with line and reason"),
    ("status --json", "coverage for programs"),
)
"""Arguments of the `lake` command, with what they show."""
TARGETS = (
    ("make demo", "again: the cloud is reused, changed contracts and code are deployed"),
    ("make down", "stop everything"),
)


@dataclass(frozen=True)
class Answers:
    """The answers of Athena: the tables of the lake, and each question with its answer."""

    tables: QueryResult
    questions: list[tuple[Question, QueryResult]]


def ask(lake: Location) -> Answers:
    """Ask Athena all questions."""
    tables = run_query(lake, TABLES, database=lake.operations_database)
    return Answers(tables, [(question, run_query(lake, question.sql)) for question in QUESTIONS])


def print_summary(console: Console, rows: list[Coverage], answers: Answers, steps: Steps, lake: LocalLake) -> None:
    """Print everything for people."""
    console.print()
    console.print(Rule("What the lake has", align="left"))
    console.print(coverage_table(rows))
    if waiting := waiting_table(rows, datetime.now(UTC)):
        console.print(waiting)
    console.print(
        Rule("Document outcomes and quality results (operations.documents, operations.quality_results)", align="left")
    )
    console.print(result_table(answers.tables))
    for question, answer in answers.questions:
        console.print(Rule(question.words, align="left"))
        console.print(Syntax(question.sql.strip(), "sql", background_color="default", word_wrap=True))
        console.print(result_table(answer))
    console.print(Rule("What to try next", align="left"))
    for command, words in (*((f"{_command(lake)} {arguments}", words) for arguments, words in TRY_NEXT), *TARGETS):
        console.print(f"  {command}", style="bold", soft_wrap=True)
        console.print(f"      {words}", style="dim", soft_wrap=True)
    console.print(
        f"\nReady after {steps.elapsed:.0f} s. The cloud stays up until `make down`; its logs are in {lake.logs}.",
        soft_wrap=True,
    )


def _command(lake: LocalLake) -> str:
    """Return how to call `lake` for this lake: without a variable where it is found by itself."""
    return ".venv/bin/lake" if lake.config.parent.name == ".local" else f"LAKE_CONFIG={lake.config} .venv/bin/lake"
