"""Parts of documents that a command writes."""

import pytest

from operations.documents import table, written
from operations.errors import OperationsError


@pytest.mark.parametrize("document", ["no markers", "END BEGIN", "BEGIN END END", "BEGIN"])
def test_a_document_without_its_markers_is_refused(document: str) -> None:
    with pytest.raises(OperationsError, match="needs the markers BEGIN and END"):
        written(document, "BEGIN", "END", "text")


def test_what_is_between_the_markers_is_replaced() -> None:
    assert written("before\nBEGIN\nold\nEND\nafter", "BEGIN", "END", "new") == "before\nBEGIN\n\nnew\n\nEND\nafter"


def test_a_table_in_markdown() -> None:
    assert table(["", "b"], [["a", "1"]]) == ["|  | b |", "| --- | --- |", "| a | 1 |"]
    assert table(["", "b"], [], numbers=True)[1] == "| --- | ---: |"
