"""A report is a contract and nothing else: the product's Python and Terraform name no report type and no source.

Looked at: functions/, glue_jobs/, operations/ and terraform/. Legitimate, and left out:
- local_cloud/: the simulator plays Amazon, its documents are of some type;
- operations/contracts/*.json: what Amazon documents about all its report types, which contracts are checked against;
- terraform/environments/, terraform/examples/ and operations/demo/: the configuration of accounts says which sources
  are enabled;
- *.tftest.hcl and tests/: they apply and run particular contracts;
- *.sql, *.md: views and documentation speak of tables, which people query by name.
One-word sources (returns, settlements) are also English words: of them only whole string literals and keys count.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = ("functions", "glue_jobs", "operations", "terraform")
SUFFIXES = {".py", ".tf", ".hcl", ".tfvars", ".json"}
EXEMPT = re.compile(
    r"^(operations/contracts/[a-z_]+\.json|terraform/(environments|examples)/.*|operations/demo.*"
    r"|.*\.tftest\.hcl|.*/\.terraform/.*|.*/tests/.*)$"
)

CONTRACTS = [
    yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
]
REPORT_TYPES = [contract["request"]["report_type"] for contract in CONTRACTS]
SOURCES = [contract["source"] for contract in CONTRACTS]


def files() -> list[Path]:
    found = [
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.suffix in SUFFIXES
    ]
    return [path for path in found if not EXEMPT.match(path.relative_to(ROOT).as_posix())]


def named(text: str, suffix: str) -> Iterator[str]:
    """Yield the report types and sources that a file's text names."""
    yield from (name for name in REPORT_TYPES if name in text)
    yield from (
        name for name in SOURCES if "_" in name and re.search(rf"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", text)
    )
    words = {name for name in SOURCES if "_" not in name}
    if suffix == ".py":
        literals = {
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    else:
        literals = set(re.findall(r'"([^"]*)"', text)) | set(re.findall(r"^\s*(\w+)\s*[=:]", text, re.MULTILINE))
    yield from sorted(words & literals)


def test_no_report_is_named_in_the_products_code() -> None:
    looked_at = files()
    assert looked_at, "the folders of the product have moved"
    assert {
        path.relative_to(ROOT).as_posix(): found
        for path in looked_at
        if (found := list(named(path.read_text(encoding="utf-8"), path.suffix)))
    } == {}


@pytest.mark.parametrize(
    ("text", "suffix", "expected"),
    [
        ("if source == 'all_orders': pass", ".py", ["all_orders"]),
        ('"""Returns the rows of settlements."""', ".py", []),
        ("SPECIAL = {'settlements'}", ".py", ["settlements"]),
        ("x = 'GET_LEDGER_DETAIL_VIEW_DATA'", ".py", ["GET_LEDGER_DETAIL_VIEW_DATA"]),
        ("vendor_sales_by_asin = 1", ".py", []),
        ('locals { sources = ["returns"] }', ".tf", ["returns"]),
        ("  settlements = {}", ".tf", ["settlements"]),
        ("# a Lambda that returns nothing", ".tf", []),
    ],
)
def test_names_are_seen_and_words_are_not(text: str, suffix: str, expected: list[str]) -> None:
    assert list(named(text, suffix)) == expected
