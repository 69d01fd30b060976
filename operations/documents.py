"""Parts of documents that a command writes, between two markers."""

from collections.abc import Iterable, Sequence

from operations.errors import OperationsError


def written(document: str, begin: str, end: str, text: str) -> str:
    """The document with `text` between the markers; raises OperationsError when they are not there once each."""
    if document.count(begin) != 1 or document.count(end) != 1 or document.index(begin) > document.index(end):
        raise OperationsError(f"the document needs the markers {begin} and {end}, once each and in this order")
    before, _, rest = document.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def table(head: Sequence[str], body: Iterable[Sequence[str]], *, numbers: bool = False) -> list[str]:
    """A table in Markdown; with `numbers` all columns but the first are to the right."""
    rule = ["---", *("---:" if numbers else "---" for _ in head[1:])]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *body)]
