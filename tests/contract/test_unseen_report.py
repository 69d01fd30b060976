"""Adding a report is one file: a contract that no code has seen is validated, bundled, tried, planned and asked for.

How its documents are curated: tests/spark/test_unseen_report.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from operations.command import app
from operations.contracts.__main__ import main
from tests import golden
from tests.contract.test_no_report_in_code import CONTRACTS, ROOT, files


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return golden.with_the_invented_report(tmp_path_factory.mktemp("unseen"))


@pytest.fixture(scope="module")
def bundle(contracts: Path) -> dict[str, Any]:
    """The bundle as `make contracts` writes it."""
    command = typer.Typer()
    command.command()(main)
    made = CliRunner().invoke(
        command, ["--contracts", str(contracts), "--output", str(contracts.parent / "contracts.json")]
    )
    assert made.exit_code == 0, made.output
    loaded: dict[str, Any] = json.loads((contracts.parent / "contracts.json").read_text(encoding="utf-8"))
    return loaded


def test_no_code_knows_it(bundle: dict[str, Any]) -> None:
    contract = bundle["sources"][golden.SOURCE]
    names = [golden.SOURCE, contract["request"]["report_type"], *contract["tables"]]
    # Beside the product's code, the simulator, which plays Amazon for the reports it knows.
    looked_at = [*files(), *(path for path in sorted((ROOT / "local_cloud").rglob("*.py")))]
    assert {
        path.name: found
        for path in looked_at
        if (found := [name for name in names if name in path.read_text(encoding="utf-8")])
    } == {}
    assert contract["request"]["report_type"] not in {other["request"]["report_type"] for other in CONTRACTS}


def test_the_bundle_has_it_beside_all_others(bundle: dict[str, Any]) -> None:
    assert set(bundle["sources"]) - {contract["source"] for contract in CONTRACTS} == {
        golden.SOURCE,
        "documents",
        "quality_results",
        "quarantine",
    }


def test_lake_try_shows_what_becomes_of_its_document(contracts: Path) -> None:
    printed = CliRunner().invoke(
        app,
        ["try", golden.SOURCE, str(golden.DOCUMENT), "--marketplace", "DE", "--contracts", str(contracts), "--json"],
    )
    assert printed.exit_code == 0, printed.output
    found = json.loads(printed.stdout)
    assert found["document"] == {
        "rows": 9,
        "published": 7,
        "quarantined": 1,
        "charset": "cp1252 (code page)",
        "refused": None,
    }
    assert {name: len(rows) for name, rows in found["tables"].items()} == {
        "weighing_days": 2,
        "weighed_parcels": 2,
        "weighed_parcel_surcharges": 3,
    }
    assert [(row["carrier"], row["parcels"]) for row in found["tables"]["weighing_days"]] == [
        ("Eilpost", 2),
        ("Läufer & Söhne", None),
    ]
    first = found["tables"]["weighed_parcels"][0]
    assert (first["recipient"], first["handed_over_at"], first["postage"]) == (
        "Jörg Müller",
        "2026-10-31T22:30:00",
        "1204.9000",
    )
    assert [(bad["column"], bad["reason"]) for bad in found["quarantine"]] == [("weight_kg", "is not a number")]
    assert [rule for rule in found["quality"] if not rule["success"]] == []
    assert found["drift"] == {}


def test_its_windows_are_planned_asked_for_and_fetched(bundle: dict[str, Any]) -> None:
    request = bundle["sources"][golden.SOURCE]["request"]
    runs = golden.collected(request, golden.DOCUMENT.read_bytes(), golden.RESTATED.read_bytes())

    lake, (document,) = next(runs)
    # Of the 30 days that Amazon has, the account begins with 1 November; the 21st ended a day and a half ago.
    assert [window.key.window for window in lake.windows()] == [f"2026-11-{day:02}" for day in range(1, 22)]
    question = lake.amazon.questions[0]
    assert (question.report_type, question.options) == (request["report_type"], {"reportPeriod": "DAY"})
    assert (question.data_start_time, question.data_end_time) == ("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z")
    assert (document["source"], document["variant"], document["window"]) == (golden.SOURCE, "daily", "2026-11-21")

    lake, (restated,) = next(runs)
    assert (restated["window"], restated["revision"]) == ("2026-11-21", 2)
    assert restated["report_time"] > document["report_time"]
