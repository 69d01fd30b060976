"""Every artefact that is derived from a contract, against its golden file.

The statements that write: tests/spark/test_unseen_report.py.
"""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from curation.contracts.model import Contract
from curation.contracts.parsing import parse_contract
from curation.judging import gate
from curation.publishing import deciding
from curation.tables import schema
from curation.tables.lake_formation import LakeFormation
from selling_partner.reports import ReportsApi

from operations.contracts.dictionary import dictionary
from tests import golden
from tests.unit.fakes.lake import FakeLake


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    contract: dict[str, Any] = yaml.safe_load((golden.FOLDER / "contract.yaml").read_text(encoding="utf-8"))
    return contract


@pytest.fixture(scope="module")
def parsed(written: Mapping[str, Any]) -> Contract:
    return parse_contract(written)


def pretty(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def test_the_parameter_of_the_request(written: Mapping[str, Any]) -> None:
    """As Terraform's jsonencode writes it: sorted, without spaces.

    tests/terraform holds that the planned parameter is this file.
    """
    golden.compare("parameter.json", json.dumps(written["request"], sort_keys=True, separators=(",", ":")))


class Wire:
    """Stands for HTTP: keeps the bodies of createReport."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []

    def call(self, operation: str, method: str, path: str, *, body: Any) -> dict[str, str]:
        assert (operation, method, path) == ("createReport", "POST", "/reports/2021-06-30/reports")
        self.bodies.append(body)
        return {"reportId": str(len(self.bodies))}


def test_the_bodies_of_create_report(written: Mapping[str, Any]) -> None:
    lake, wire = FakeLake(contracts={golden.SOURCE: written["request"]}), Wire()
    create, through = lake.amazon.create, ReportsApi(wire, SimpleNamespace())  # type: ignore[arg-type]
    lake.amazon.create = lambda question: (through.create(question), create(question))[1]  # type: ignore[method-assign]
    asked: dict[str, Any] = {}
    while len(asked) < len(written["request"]["variants"]):
        lake.dispatching.tick()
        for attempt in [one for one in lake.attempts() if one.report_id is None]:
            lake.ask(attempt)
            asked.setdefault(attempt.line.variant, wire.bodies[-1])
        lake.clock.forward(minutes=15)
    golden.compare("create_report.json", pretty(dict(sorted(asked.items()))))


def test_the_definitions_of_the_tables(parsed: Contract) -> None:
    empty: Any = SimpleNamespace(catalog=SimpleNamespace(tableExists=lambda _: False))
    statements = [
        statement
        for table in parsed.tables
        for statement in schema.plan(
            empty, table, f"lake.curated.{table.name}", f"s3://bucket/curated/{table.name}"
        ).statements
    ]
    golden.compare("tables.sql", "\n".join(statement.replace(", `", ",\n    `") + ";\n" for statement in statements))


def test_the_statements_that_decide(parsed: Contract) -> None:
    """For each table: what decides its units, without and with documents that were published before, and the tags."""
    statements: list[str] = []
    for table in parsed.tables:
        views = deciding.Views.of(table)
        parent = f"lake.curated.{table.units_of}" if table.units_of else None
        statements += [
            deciding.deciding_statement(
                table, f"lake.curated.{table.name}", views, bounds="true", parent=parent, replayed=replayed
            )
            for replayed in (False, True)
        ]
        statements.append(deciding.tagging_statement(table, views))
    golden.compare("deciding.sql", "\n".join(f"{statement};\n" for statement in statements))


def test_the_expectations(parsed: Contract) -> None:
    suites = {
        table.name: [
            {
                "name": rule.name,
                "expectation": rule.expectation,
                "severity": rule.severity,
                "per_document": rule.per_document,
                "arguments": rule.arguments,
            }
            for rule in gate.rules_of(table)
        ]
        for table in parsed.tables
    }
    golden.compare("expectations.json", pretty(suites))


def test_the_tags_of_the_columns(parsed: Contract) -> None:
    told: list[dict[str, Any]] = []
    governing = LakeFormation(
        SimpleNamespace(add_lf_tags_to_resource=lambda **call: told.append(call) or {}), "sensitivity"
    )
    for table in parsed.tables:
        governing.tag("curated", table)
    golden.compare("lake_formation_tags.json", pretty(told))


def test_the_section_of_the_data_dictionary(written: Mapping[str, Any]) -> None:
    text = dictionary({"sources": {golden.SOURCE: written}})
    golden.compare("dictionary.md", text[text.index("### Source") : text.index("## Tables of the database operations")])


def test_a_difference_is_seen_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(golden.WRITE, raising=False)
    with pytest.raises(AssertionError, match=r"parcel_weighings/tables\.sql is not what is derived .* run make golden"):
        golden.compare("tables.sql", "CREATE TABLE something_else")
