"""How a document begins: what no text format can begin with, and an excerpt of it for messages."""

from curation.errors import RefusedError

OTHER_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def refuse_binary(start: bytes) -> None:
    """Raise RefusedError for a document that begins with what no text of ASCII's kin holds."""
    if start.startswith(OTHER_BYTE_ORDER_MARKS):
        raise RefusedError("CharsetUnknown", "the document is UTF-16, which Amazon does not send")
    if b"\0" in start[:4096]:
        raise RefusedError("Binary", "the document holds NUL bytes")


def excerpt(data: bytes) -> str:
    """Return the beginning of a document for a message, as printable ASCII."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in data[:120].decode("latin-1").replace("\n", " "))
