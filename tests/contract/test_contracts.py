"""What `make contracts` accepts and refuses."""

import codecs
import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from operations.contracts import bundle
from operations.contracts.problems import InvalidContractsError
from operations.contracts.validation import problems_of

CONTRACTS = Path(__file__).parents[2] / "contracts"
SCHEMA = json.loads((CONTRACTS / "contract.schema.json").read_text(encoding="utf-8"))
FILE = CONTRACTS / "reports" / "vendor_sales.yaml"


@pytest.fixture
def contract() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def messages(contract: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in problems_of(FILE, contract, SCHEMA)]


def test_the_contracts_of_the_product_are_valid() -> None:
    loaded = bundle.load(CONTRACTS)
    assert {"sales_and_traffic", "all_orders", "vendor_sales", "documents", "quality_results", "quarantine"} <= set(
        loaded["sources"]
    )
    assert sum("request" in contract for contract in loaded["sources"].values()) == 23


def test_requests_fit_a_parameter() -> None:
    sizes = {
        source: len(json.dumps(contract["request"]))
        for source, contract in bundle.load(CONTRACTS)["sources"].items()
        if "request" in contract
    }
    assert max(sizes.values()) < 4096, sizes


def test_what_is_said_of_marketplaces_can_be_used() -> None:
    for marketplace_id, marketplace in bundle.load(CONTRACTS)["marketplaces"].items():
        assert re.fullmatch(r"A[0-9A-Z]{9,13}", marketplace_id)
        assert marketplace["region"] in {"na", "eu", "fe"}
        assert re.fullmatch(r"[A-Z]{3}", marketplace["currency"])
        assert re.fullmatch(r"[a-z]{2}_[A-Z]{2}", marketplace["language"])
        assert codecs.lookup(marketplace["code_page"])
        assert ZoneInfo(marketplace["time_zone"])


def changed(contract: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    contract = copy.deepcopy(contract)
    *parents, last = path.split(".")
    node: Any = contract
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return contract


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("request.windows", {}, "request: unknown key windows. Did you mean window?"),
        ("request.deadline", None, "request: missing deadline. Add it"),
        ("request.deadline", "4 hours", "request.deadline: '4 hours' does not match"),
        (
            "request.window.grain",
            "fortnight",
            "request.window.grain: 'fortnight' is not allowed. Use one of: day, week",
        ),
        ("request.window.per_request", "PT6H", "request.window.per_request: PT6H is not whole days"),
        (
            "request.report_type",
            "GET_VENDOR_SALE_REPORT",
            "Amazon documents no GET_VENDOR_SALE_REPORT. Did you mean GET_VENDOR_SALES_REPORT?",
        ),
        ("request.restricted", True, "request.restricted: Amazon documents it as False"),
        ("request.accounts", ["seller"], "the type is for vendor accounts"),
        (
            "request.variants.manufacturing_retail.sellingProgram",
            None,
            "option sellingProgram is left to Amazon's default. Name it, with null",
        ),
        (
            "request.variants.manufacturing_retail.distributorView",
            "BOTH",
            "Amazon does not accept 'BOTH'. Use one of: MANUFACTURING, SOURCING.",
        ),
        ("request.variants.manufacturing_retail.view", "X", "Amazon has no such option for this report type"),
        ("tables.vendor_sales_by_asin.unit", ["asin_number"], "unit: there is no column asin_number"),
        (
            "tables.vendor_sales_by_asin.key",
            ["start_dat"],
            "key: there is no column start_dat. Did you mean start_date?",
        ),
        (
            "tables.vendor_sales_by_asin.partitioned_by",
            ["months(asin)"],
            "months needs a date or a timestamp, asin is string",
        ),
        ("tables.vendor_sales_by_asin.unit", ["asin"], "start_date may differ between restatements of one unit"),
        ("tables.vendor_sales_by_asin.records", None, "flat files have none, JSON and XML need one"),
        ("tables.vendor_sales_by_asin.columns.0.from", "$request.option.x", "$request.option.x is not known"),
        (
            "tables.vendor_sales_by_asin.columns.0.from",
            "$request.options.brand",
            "variant manufacturing_retail has no option brand",
        ),
        ("tables.vendor_sales_by_asin.columns.0.name", "asin", "column asin appears twice"),
        ("tables.vendor_sales_by_asin.columns.0.name", "account_id", "every table has this column already"),
        ("tables.vendor_sales_by_asin.columns.0.type", "money", "columns.0.type: 'money' does not match"),
        ("tables.vendor_sales_by_asin.columns.0.type", 3, "columns.0.type: 3 is not of type 'string'"),
        ("source", "sales", "source: is 'sales', the file is named 'vendor_sales'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_file_key_and_remedy(
    contract: dict[str, Any], path: str, value: Any, expected: str
) -> None:
    found = messages(changed(contract, path, value))
    assert any(expected in message for message in found), found
    assert all(message.startswith(f"{FILE}: ") for message in found)


def test_a_required_option_cannot_be_unset(contract: dict[str, Any]) -> None:
    contract["request"]["variants"]["manufacturing_retail"]["reportPeriod"] = None
    assert any(
        "reportPeriod: Amazon requires it. Give it a value: DAY, WEEK" in message for message in messages(contract)
    )


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    reports = tmp_path / "contracts" / "reports"
    (reports / "broken.yaml").write_text("source: [unclosed", encoding="utf-8")
    (reports / "all_orders.yaml").write_text(
        (reports / "all_orders.yaml").read_text(encoding="utf-8").replace("format: tsv", "format: excel"),
        encoding="utf-8",
    )
    with pytest.raises(InvalidContractsError) as raised:
        bundle.load(tmp_path / "contracts")
    assert {problem.file.name for problem in raised.value.problems} == {"broken.yaml", "all_orders.yaml"}


def test_two_sources_may_not_feed_one_table(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    reports = tmp_path / "contracts" / "reports"
    (reports / "other_orders.yaml").write_text(
        (reports / "all_orders.yaml").read_text(encoding="utf-8").replace("source: all_orders", "source: other_orders"),
        encoding="utf-8",
    )
    with pytest.raises(InvalidContractsError, match="all_orders has a table of this name"):
        bundle.load(tmp_path / "contracts")


def test_any_changed_byte_changes_the_digest_and_the_same_contracts_give_the_same_bundle(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    assert bundle.digest_of(tmp_path / "contracts") == bundle.digest_of(CONTRACTS)
    bundle.write(bundle.load(CONTRACTS), tmp_path / "one.json")
    bundle.write(bundle.load(tmp_path / "contracts"), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    with (tmp_path / "contracts" / "marketplaces.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert bundle.digest_of(tmp_path / "contracts") != bundle.digest_of(CONTRACTS)
