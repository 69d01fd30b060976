"""How Amazon writes flat files: tab-delimited, unquoted, in the marketplace's code page, with varying line ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from local_cloud.world.business import Document
from local_cloud.world.marketplaces import Marketplace


def flat_file(
    marketplace: Marketplace,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    names: Mapping[str, str] | None = None,
    line_end: str = "\r\n",
    trailing_blank: bool = False,
    quoted: bool = False,
) -> Document:
    """Write rows as a flat file with its Content-Type.

    A row has its values by column. A column without a value is empty; a value without a column is an error, and so is a
    character that the marketplace's code page does not have. `names` has the columns that the header calls otherwise.
    `quoted` puts every value between quotation marks (the inventory ledger reports do); otherwise a quotation mark is
    data. `trailing_blank` adds the empty line with which some files end.
    """
    names = names or {}
    lines = [_line([names.get(column, column) for column in columns], quoted=quoted)]
    for row in rows:
        unknown = row.keys() - set(columns)
        if unknown:
            raise ValueError(f"values without a column: {sorted(unknown)}")
        lines.append(_line([row.get(column, "") for column in columns], quoted=quoted))
    text = line_end.join(lines) + line_end + (line_end if trailing_blank else "")
    return Document(text.encode(marketplace.codec), f"text/plain; charset={marketplace.charset}")


def _line(values: Sequence[str], *, quoted: bool) -> str:
    if quoted:
        return "\t".join('"' + value.replace('"', '""') + '"' for value in values)
    return "\t".join(values)
