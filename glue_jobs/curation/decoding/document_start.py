"""How a document begins: what no text format can begin with, and what may be said of it in messages."""

from curation.errors import RefusedError

OTHER_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def refuse_binary(start: bytes) -> None:
    """Raise RefusedError for a document that begins with what no text of ASCII's kin holds."""
    if start.startswith(OTHER_BYTE_ORDER_MARKS):
        raise RefusedError("CharsetUnknown", "the document is UTF-16, which Amazon does not send")
    if b"\0" in start[:4096]:
        raise RefusedError("Binary", "the document holds NUL bytes")


def first_line_described(start: bytes) -> str:
    """Return what a message says of a document that is not what it should be: sizes, and nothing of its content.

    A document without its header begins with somebody's data.
    """
    line = start.split(b"\n", 1)[0].rstrip(b"\r")
    parts = line.count(b"\t") + 1
    separated = f" in {parts} parts between tabs" if parts > 1 else ""
    return f"its first line has {len(line)} bytes{separated}"
