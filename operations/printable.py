"""Text from outside (documents, buyers, Amazon) made safe to show: on a terminal, in JSON, in a spreadsheet.

A terminal obeys escape sequences, a spreadsheet runs cells that look like formulas, and both draw text in the order
that bidirectional controls ask for. What is shown here is what is there: such characters appear as escapes.
"""

import json
import unicodedata
from typing import Any

_KEPT = "\n\t"
_JOINERS = "\u00ad\u200c\u200d"
_NOT_SHOWN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a cell begins with that Excel, LibreOffice or Sheets take for a formula (OWASP, "CSV Injection")."""


def printable(text: str, kept: str = _KEPT) -> str:
    r"""Return `text` with its control and format characters as escapes (\x1b, \u202e); `kept` stay as they are.

    Characters of Unicode's categories Cc, Cf, Co, Cs, Zl and Zp, but not the joiners, which scripts and emoji need.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _is_shown(character, kept) else _escape(character) for character in text)


def printable_line(text: str) -> str:
    r"""Return `text` on one line: as `printable`, line ends and tabs as escapes as well (\n, \t)."""
    return printable(text, kept="")


def printable_json(value: Any, **options: Any) -> str:
    r"""Return `value` as JSON text whose control and format characters are \u escapes, so that it says the same."""
    dumped = json.dumps(value, ensure_ascii=False, **options)
    return "".join(character if _is_shown(character, _KEPT) else json.dumps(character)[1:-1] for character in dumped)


def spreadsheet_cell(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs: an apostrophe before what would begin a formula."""
    shown = printable(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) else shown


def _is_shown(character: str, kept: str) -> bool:
    return character in kept or character in _JOINERS or unicodedata.category(character) not in _NOT_SHOWN


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
