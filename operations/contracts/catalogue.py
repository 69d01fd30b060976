"""What AWS Glue's catalogue can hold: names and descriptions of tables and columns, by their length and characters.

The limits are those of the Glue API reference, "Table", "TableInput" and "Column", and of "Common data types" (string
patterns), in bytes of UTF-8. Beyond them CreateTable and UpdateTable end with an InvalidInputException, which the local
cloud does not raise.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.contracts.problems import Problem

LONGEST_NAME = 255
LONGEST_COLUMN_COMMENT = 255
LONGEST_TABLE_DESCRIPTION = 2048

_NOT_IN_ONE_LINE = re.compile("[^\t\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_LINES = re.compile("[^\t\r\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FOLD = "In YAML, `description: >-` folds several lines into one."


def catalogue_problems(file: Path, contract: dict[str, Any], name: str) -> Iterator[Problem]:
    """Yield what of one table of a contract Glue's catalogue refuses."""
    table = contract["tables"][name]
    key = f"tables.{name}"
    yield from _too_long(file, key, "the name", name, LONGEST_NAME)
    yield from _too_long(file, f"{key}.description", "it", table["description"], LONGEST_TABLE_DESCRIPTION)
    yield from _strange(file, f"{key}.description", table["description"], _NOT_IN_LINES)
    for column in table["columns"]:
        where = f"{key}.columns.{column['name']}"
        yield from _too_long(file, where, "the name", column["name"], LONGEST_NAME)
        yield from _too_long(file, f"{where}.description", "it", column["description"], LONGEST_COLUMN_COMMENT)
        yield from _strange(file, f"{where}.description", column["description"], _NOT_IN_ONE_LINE)


def _too_long(file: Path, key: str, what: str, text: str, longest: int) -> Iterator[Problem]:
    if (size := len(text.encode("utf-8", "surrogatepass"))) > longest:
        yield Problem(file, key, f"{what} has {size} bytes, AWS Glue's catalogue holds {longest}", "Shorten it.")


def _strange(file: Path, key: str, text: str, refused: re.Pattern[str]) -> Iterator[Problem]:
    if found := refused.search(text):
        if found[0] in "\r\n":
            yield Problem(file, key, "AWS Glue's catalogue holds a column's comment on one line only", _FOLD)
        else:
            yield Problem(file, key, f"it holds {found[0]!r}, which AWS Glue's catalogue refuses", "Remove it.")
