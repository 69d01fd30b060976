"""`lake try` from outside: what it prints, where, with which exit status, and what it must not load for that."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import yaml
from curation.errors import RuleFailedToRunError
from trial import document_trial
from typer.testing import CliRunner

from operations.command import app

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "tests" / "fixtures" / "amazon_examples" / "GET_SALES_AND_TRAFFIC_REPORT.json"
ORDERS = ROOT / "contracts" / "reports" / "all_orders.yaml"
HEADERS = list(
    dict.fromkeys(column["from"] for column in yaml.safe_load(ORDERS.read_text())["tables"]["orders"]["columns"])
)
ORDER = {
    "amazon-order-id": "302-1234567-1234567",
    "purchase-date": "2026-11-01T10:00:00+00:00",
    "last-updated-date": "2026-11-02T10:00:00+00:00",
    "order-status": "Shipped",
    "quantity": "1",
    "item-price": "10.50",
    "currency": "EUR",
    "ship-city": "München",
}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "200")


def lake_try(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["try", *map(str, arguments)])


def orders(*changes: dict[str, str]) -> bytes:
    lines = ["\t".join(HEADERS), *("\t".join((ORDER | change).get(name, "") for name in HEADERS) for change in changes)]
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        file = tmp_path / "document"
        file.write_bytes(content)
        return file

    return write


def test_json_is_one_object_about_amazons_example() -> None:
    printed = lake_try("sales_and_traffic", EXAMPLE, "--marketplace", "US", "--json")
    found = json.loads(printed.stdout)
    assert printed.exit_code == 0
    assert list(found) == ["document", "tables", "quarantine", "drift", "quality"]
    assert found["document"] == {
        "rows": 7,
        "published": 7,
        "quarantined": 0,
        "charset": "utf-8 (JSON)",
        "refused": None,
    }
    first = found["tables"]["sales_and_traffic_by_date"][0]
    written = json.loads(EXAMPLE.read_text())["salesAndTrafficByDate"][0]
    assert first["report_date"] == written["date"] == "2021-06-11"
    assert first["ordered_product_sales"] == "238.4400"
    assert first["units_ordered"] == written["salesByDate"]["unitsOrdered"]
    assert found["quality"][0] == {
        "table": "sales_and_traffic_by_date",
        "rule": "key_is_unique",
        "severity": "critical",
        "success": True,
    }
    assert {rule["severity"] for rule in found["quality"] if not rule["success"]} <= {"warning"}


def test_a_packed_document_and_a_contract_file_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "document.gz").write_bytes(gzip.compress(EXAMPLE.read_bytes()))
    plain = lake_try("sales_and_traffic", EXAMPLE, "-m", "us", "--json")
    assert (
        lake_try(
            "contracts/reports/sales_and_traffic.yaml", tmp_path / "document.gz", "-m", "ATVPDKIKX0DER", "--json"
        ).stdout
        == plain.stdout
    )


def test_a_bad_row_is_in_quarantine_and_the_others_are_published(stored: Callable[[bytes], Path]) -> None:
    document = stored(orders({}, {"quantity": "many"}, {"ship-city": "Köln"}))
    printed = lake_try("all_orders", document, "-m", "DE", "--charset", "Cp1252", "--json")
    found = json.loads(printed.stdout)
    assert printed.exit_code == 0
    assert found["document"] == {
        "rows": 3,
        "published": 2,
        "quarantined": 1,
        "charset": "cp1252 (header)",
        "refused": None,
    }
    assert [row["ship_city"] for row in found["tables"]["orders"]] == ["München", "Köln"]
    assert [(one["line"], one["column"], one["reason"]) for one in found["quarantine"]] == [
        (3, "quantity", "is not a number")
    ]
    assert found["quarantine"][0]["row"].startswith("302-1234567-1234567\t")


def test_a_broken_critical_rule_refuses_and_the_rows_can_be_looked_at(
    stored: Callable[[bytes], Path], tmp_path: Path
) -> None:
    printed = lake_try(
        "all_orders", stored(orders({"quantity": "-1"})), "-m", "DE", "--json", "--output", tmp_path / "rows.parquet"
    )
    found = json.loads(printed.stdout)
    assert printed.exit_code == 3
    assert found["document"]["refused"]["code"] == "RuleBroken"
    assert found["document"]["published"] == 0
    assert [(one["table"], one["severity"]) for one in found["quality"] if not one["success"]] == [
        ("orders", "critical")
    ]
    assert pyarrow.parquet.read_table(tmp_path / "rows.parquet")["quantity"].to_pylist() == [-1]


@pytest.mark.parametrize(
    ("source", "content", "code"),
    [
        ("all_orders", gzip.compress(orders({}))[:-9], "Truncated"),
        ("all_orders", b"<html><body>503</body></html>", "WrongFormat"),
        ("all_orders", b"", "Empty"),
        ("all_orders", b"\0\1\2\3", "Binary"),
        ("all_orders", orders({"ship-city": "x" * 10_000_000}), "LineTooLong"),
        ("sales_and_traffic", EXAMPLE.read_bytes()[:2000], "Truncated"),
        ("xml_orders", b"<!DOCTYPE x [<!ENTITY y 'z'>]><AmazonEnvelope/>", "DoctypeRefused"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    stored: Callable[[bytes], Path], tmp_path: Path, source: str, content: bytes, code: str
) -> None:
    table = (
        ["--table", "xml_orders"]
        if source == "xml_orders"
        else ["--table", "orders"]
        if source == "all_orders"
        else ["--table", "sales_and_traffic_by_date"]
    )
    printed = lake_try(source, stored(content), "-m", "DE", "--json", "--output", tmp_path / "rows.parquet", *table)
    found = json.loads(printed.stdout)
    assert printed.exit_code == 3
    assert found["document"]["refused"]["code"] == code
    assert (found["document"]["published"], found["tables"]) == (0, {})
    assert not (tmp_path / "rows.parquet").exists()
    for_people = lake_try(source, stored(content), "-m", "DE")
    assert for_people.exit_code == 3
    assert f"would be refused: {code}: " in for_people.stdout


def test_people_see_rows_drift_quarantine_and_rules(stored: Callable[[bytes], Path]) -> None:
    content = (
        orders({}, {"quantity": "many"})
        .replace(b"\r\n", b"\tx\x1b[31m[bold]\r\n")
        .replace(b"x\x1b[31m[bold]", b"new-header", 1)
    )
    printed = lake_try("all_orders", stored(content), "--charset", "cp1252")
    assert printed.exit_code == 0
    for words in (
        "orders: 1 row",
        "München",
        "10.5000",
        "drift, unknown: new-header",
        "quarantine: 1 row",
        "is not a number",
        "critical",
        "no --marketplace",
    ):
        assert words in printed.stdout
    assert "[bold]" in printed.stdout
    assert "\x1b" not in printed.stdout
    assert printed.stdout.rstrip().endswith(
        "would be published: 2 rows in the document, 1 published, 1 in quarantine; read as cp1252 (header)"
    )


def test_output_is_the_table_as_parquet(tmp_path: Path) -> None:
    rows = tmp_path / "rows.parquet"
    printed = lake_try(
        "sales_and_traffic", EXAMPLE, "-m", "US", "--table", "sales_and_traffic_by_asin", "--output", rows
    )
    assert printed.exit_code == 0
    assert "sales_and_traffic_by_asin: 3 rows" in printed.stdout
    assert "sales_and_traffic_by_date: " not in printed.stdout
    written = pyarrow.parquet.read_table(rows)
    assert written.num_rows == len(json.loads(EXAMPLE.read_text())["salesAndTrafficByAsin"])
    assert str(written.schema.field("ordered_product_sales").type) == "decimal128(18, 4)"


def test_a_given_request_is_what_the_document_must_answer(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(
        json.dumps(
            {
                "report_type": "GET_SALES_AND_TRAFFIC_REPORT",
                "marketplace_id": "A1PA6795UKMFR9",
                "report_options": {"dateGranularity": "MONTH"},
            }
        )
    )
    printed = lake_try("sales_and_traffic", EXAMPLE, "--request", request, "--json")
    assert printed.exit_code == 3
    assert json.loads(printed.stdout)["document"]["refused"]["code"] == "EchoMismatch"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["sales_and_trafic", EXAMPLE],
            "there is no contract sales_and_trafic below contracts: did you mean sales_and_traffic",
        ),
        (["nowhere/mine.yaml", EXAMPLE], "there is no contract file nowhere/mine.yaml: check the path"),
        (["quarantine", EXAMPLE], "name the contract of a report"),
        (["sales_and_traffic", "nowhere.json"], "the document nowhere.json cannot be read: No such file or directory"),
        (["sales_and_traffic", "contracts"], "the document contracts cannot be read: Is a directory"),
        (["sales_and_traffic", EXAMPLE, "-m", "XX"], "there is no marketplace XX: use one of AE, "),
        (["sales_and_traffic", EXAMPLE, "--charset", "klingon"], "there is no charset klingon"),
        (
            ["sales_and_traffic", EXAMPLE, "--table", "nope"],
            "sales_and_traffic has no table nope: use one of sales_and_traffic_by_date, ",
        ),
        (
            ["sales_and_traffic", EXAMPLE, "--output", "rows.parquet"],
            "say which to write with --table: sales_and_traffic_by_date, ",
        ),
        (["all_orders", EXAMPLE, "--output", "nowhere/rows.parquet"], "there is no folder nowhere for --output"),
        (["all_orders", EXAMPLE, "--output", "contracts"], "contracts is a folder"),
        (["sales_and_traffic", EXAMPLE, "--contracts", "nowhere"], "there is no folder nowhere here"),
        (["sales_and_traffic", EXAMPLE, "--request", "nowhere.json"], "the request nowhere.json cannot be read"),
        (["sales_and_traffic", EXAMPLE, "--request", ORDERS], "all_orders.yaml is not JSON"),
    ],
)
def test_wrong_use_is_one_line_and_exit_status_2(arguments: list[object], words: str) -> None:
    printed = lake_try(*arguments, "--json")
    assert (printed.exit_code, printed.stdout) == (2, "")
    assert printed.stderr.startswith("lake: ")
    assert words in printed.stderr
    assert printed.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "request_",
    [
        [],
        {"report_options": "x"},
        {"report_options": {"dateGranularity": ["DAY"]}},
        {"marketplace_ids": "x"},
        {"marketplace_ids": [1]},
        {"report_time": "yesterday"},
        {"window_start": "today"},
        {"window_end": 20261101},
        {"data_start_time": "9999-12-31T23:59:59-14:00"},
        {"variant": ["all"]},
        {"report_id": 5},
        {"marketplace_id": "\ud800"},
    ],
)
def test_a_request_of_another_form_is_wrong_use(tmp_path: Path, request_: object) -> None:
    (tmp_path / "request.json").write_text(json.dumps(request_))
    printed = lake_try("sales_and_traffic", EXAMPLE, "--request", tmp_path / "request.json")
    assert printed.exit_code == 2
    assert "request.json" in printed.stderr


def test_an_invalid_contract_is_refused_with_all_its_problems(tmp_path: Path) -> None:
    contract = yaml.safe_load(ORDERS.read_text())
    contract["request"]["windw"] = contract["request"].pop("window")
    (tmp_path / "all_orders.yaml").write_text(yaml.safe_dump(contract))
    printed = lake_try(tmp_path / "all_orders.yaml", EXAMPLE, "--json")
    assert (printed.exit_code, printed.stdout) == (2, "")
    assert "all_orders.yaml: request: unknown key windw. Did you mean window?" in printed.stderr
    assert "missing window" in printed.stderr
    (tmp_path / "all_orders.yaml").write_bytes(b"\xff\xfe")
    assert "not YAML" in lake_try(tmp_path / "all_orders.yaml", EXAMPLE).stderr


def test_contracts_of_another_folder_are_found_by_name_and_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: Callable[[bytes], Path]
) -> None:
    shutil.copytree(ROOT / "contracts", tmp_path / "mine")
    (tmp_path / "mine" / "reports" / "all_orders.yaml").rename(tmp_path / "mine" / "reports" / "my_orders.yaml")
    text = (
        (tmp_path / "mine" / "reports" / "my_orders.yaml")
        .read_text()
        .replace("source: all_orders", "source: my_orders")
    )
    (tmp_path / "mine" / "reports" / "my_orders.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    document = stored(b"")
    assert lake_try("my_orders", document).exit_code == 2
    assert lake_try("my_orders", document, "--contracts", "mine").exit_code == 3
    assert lake_try("mine/reports/my_orders.yaml", document).exit_code == 3


def test_what_libraries_print_stays_out_of_the_answer(
    monkeypatch: pytest.MonkeyPatch, stored: Callable[[bytes], Path]
) -> None:
    def chatting(*arguments: Any) -> document_trial.Trial:
        print("Calculating Metrics: 100%")
        return original(*arguments)

    original = document_trial.try_document
    monkeypatch.setattr(document_trial, "try_document", chatting)
    printed = lake_try("all_orders", stored(b""), "--json")
    assert json.loads(printed.stdout)["document"]["refused"]["code"] == "Empty"
    assert "Calculating Metrics" in printed.stderr


def test_a_rule_that_cannot_be_judged_is_neither_published_nor_refused(
    monkeypatch: pytest.MonkeyPatch, stored: Callable[[bytes], Path]
) -> None:
    def failing(*_: Any) -> document_trial.Trial:
        raise RuleFailedToRunError("table orders, rule x: Parser Error\n  LINE 1")

    monkeypatch.setattr(document_trial, "try_document", failing)
    printed = lake_try("all_orders", stored(b""), "--json")
    assert (printed.exit_code, printed.stdout) == (1, "")
    assert printed.stderr == (
        "lake: a quality rule could not be judged: table orders, rule x: Parser Error LINE 1:"
        " fix the rule in the contract\n"
    )


def test_help_and_wrong_use_load_nothing_heavy() -> None:
    heavy = ("boto3", "botocore", "curation", "duckdb", "great_expectations", "pandas", "pyarrow", "pyspark")
    program = (
        "import sys; from typer.testing import CliRunner; from operations.command import app\n"
        "run = CliRunner().invoke\n"
        "print(run(app, ['try', '--help']).exit_code, run(app, ['try', 'sales_and_traffic', 'nowhere']).exit_code,"
        f" [name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0 2 []\n"
