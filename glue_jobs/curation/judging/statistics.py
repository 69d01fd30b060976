"""Statistics of a document: the row that quality rules about whole documents judge."""

from typing import Any


def document_statistics(
    document: str, *, records: int, published: int, quarantined: int, excluded: int, previous: int | None
) -> dict[str, Any]:
    """Return the statistics of one document for one table.

    `previous` is the number of records of the document before it in its series, None for the first one.
    """
    return {
        "source_document": document,
        "records": records,
        "published": published,
        "quarantined": quarantined,
        "excluded": excluded,
        "previous_records": previous,
        "change_in_records": records / previous if previous else None,
    }
