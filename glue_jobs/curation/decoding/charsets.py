"""Which charset a document is in: the header's, else strict UTF-8, else the marketplace's code page.

Bytes that a charset does not have are an error; they are never replaced.
"""

import codecs
from dataclasses import dataclass

SUPERSETS = {
    "shift_jis": "cp932",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "ascii": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
"""Charsets whose name Amazon uses for their superset (as in WHATWG Encoding).

Shift_JIS files hold NEC and IBM extensions, ISO-8859-1 files hold the euro sign.
"""

JAVA_NAMES = {"windows-31j": "cp932", "ms932": "cp932", "sjis": "cp932"}


@dataclass(frozen=True)
class Charset:
    """A codec and how it was found: header, strict, code page or byte order mark."""

    codec: str
    found: str

    def __str__(self) -> str:
        """Return codec and origin as operations.documents shows them."""
        return f"{self.codec} ({self.found})"


def normalized(name: str | None) -> str | None:
    """Return Python's codec for a charset name as Amazon writes it ("Cp1252", "Shift_JIS"), None for an unknown one."""
    if not name:
        return None
    try:
        codec = codecs.lookup(JAVA_NAMES.get(name.strip().lower(), name.strip())).name
    except LookupError:
        return None
    return SUPERSETS.get(codec, codec)


def candidates(header: str | None, code_page: str | None) -> list[Charset]:
    """Return the charsets to try, in order, each once."""
    found: dict[str, Charset] = {}
    for name, how in ((header, "header"), ("utf-8", "strict"), (code_page, "code page")):
        codec = normalized(name)
        if codec is not None:
            found.setdefault(codec, Charset(codec, how))
    return list(found.values())
