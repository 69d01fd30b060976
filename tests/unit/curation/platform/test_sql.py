"""SQL as text."""

from datetime import date, datetime

import pytest
from curation.platform import sql


def test_quotes_and_backslashes_are_escaped():
    assert sql.quoted(r"it's a \ sign") == r"'it\'s a \\ sign'"


def test_names_are_in_backquotes_below_their_alias():
    assert sql.names(["a", "b c"]) == "`a`, `b c`"
    assert sql.names(["a", "b"], "t") == "t.`a`, t.`b`"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (date(2026, 11, 1), "date", "DATE'2026-11-01'"),
        (date(2026, 11, 1), "timestamp_ntz", "TIMESTAMP_NTZ'2026-11-01 00:00:00'"),
        (datetime.fromisoformat("2026-11-01T10:30"), "timestamp_ntz", "TIMESTAMP_NTZ'2026-11-01 10:30:00'"),
        ("it's", "string", r"'it\'s'"),
        (7, "int", "7"),
    ],
)
def test_literals_have_the_type_of_their_column(value, kind, text):
    assert sql.literal(value, kind) == text
