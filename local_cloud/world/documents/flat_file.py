"""How Amazon writes flat files: tab-delimited, unquoted, in the marketplace's code page, with the line ends of the day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from local_cloud.world.business import Document
from local_cloud.world.marketplaces import Marketplace


def flat_file(
    marketplace: Marketplace,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    line_end: str = "\r\n",
    trailing_blank: bool = False,
    quoted: bool = False,
) -> Document:
    """Write rows as a flat file with its Content-Type.

    A character that the marketplace's code page does not have is an error, never a replacement. `quoted` puts every
    value between quotation marks (the inventory ledger reports do); otherwise a quotation mark is data.
    `trailing_blank` adds the empty line with which some files end.
    """
    lines = [_line(header, quoted=quoted)]
    lines += [_line(row, quoted=quoted) for row in rows]
    text = line_end.join(lines) + line_end + (line_end if trailing_blank else "")
    return Document(text.encode(marketplace.codec), f"text/plain; charset={marketplace.charset}")


def _line(values: Sequence[str], *, quoted: bool) -> str:
    if quoted:
        return "\t".join('"' + value.replace('"', '""') + '"' for value in values)
    return "\t".join(values)
