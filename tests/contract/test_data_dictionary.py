"""The data dictionary says what the contracts say."""

from pathlib import Path

from operations.contracts import bundle
from operations.contracts.dictionary import dictionary

ROOT = Path(__file__).parents[2]


def test_the_dictionary_in_docs_is_that_of_the_contracts() -> None:
    written = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary(bundle.load(ROOT / "contracts")), "a contract has changed: run make dictionary"


def test_every_table_and_column_is_in_it() -> None:
    loaded = bundle.load(ROOT / "contracts")
    text = dictionary(loaded)
    for contract in loaded["sources"].values():
        for name, table in contract["tables"].items():
            section = text.split(f"#### {name}\n")[1].split("\n####")[0]
            assert table["description"] in section
            assert [column["name"] for column in table["columns"] if f"| `{column['name']}` |" not in section] == []
