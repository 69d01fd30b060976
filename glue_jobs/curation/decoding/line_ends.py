"""Line ends in a block of a flat file: blank lines, lone carriage returns, the end of the first line.

They are found with numpy: bytes.count and the search for two bytes take ten times as long where what they look for
stands in every line.
"""

from typing import Any

import numpy as np


def without_blank_lines(data: bytes, first_line: int) -> tuple[bytes, Any]:
    """Return the data without its blank lines, and the numbers of the lines that stay (None when all do)."""
    if not (data.startswith((b"\n", b"\r\n")) or has_blank_line(data)):
        return data, None
    lines = data.split(b"\n")
    stay = [(at, line) for at, line in enumerate(lines) if line.strip(b"\r")]
    numbers = np.array([first_line + at for at, _ in stay], dtype=np.int64)
    return (b"\n".join(line for _, line in stay) + b"\n" if stay else b""), numbers


def _signs(data: bytes, sign: bytes) -> Any:
    return np.frombuffer(data, np.uint8) == ord(sign)


def count(data: bytes, sign: bytes) -> int:
    """Return how often a sign occurs."""
    return int(np.count_nonzero(_signs(data, sign)))


def has_blank_line(data: bytes) -> bool:
    """Tell whether a line end follows another one, with or without a carriage return between them."""
    ends = _signs(data, b"\n")
    if bool((ends[1:] & ends[:-1]).any()):
        return True
    return b"\r" in data and bool((ends[2:] & _signs(data, b"\r")[1:-1] & ends[:-2]).any())


def has_lone_carriage_return(data: bytes) -> bool:
    """Tell whether a carriage return stands elsewhere than before a line end."""
    if b"\r" not in data:
        return False
    returns = _signs(data, b"\r")
    return bool(returns[-1]) or bool((returns[:-1] & ~_signs(data, b"\n")[1:]).any())


def partition_quoted(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the first line of a quoted file, its line end, and the rest, like bytes.partition."""
    at, quotes = 0, 0
    while end := data.find(b"\n", at) + 1:
        quotes += data.count(b'"', at, end)
        if quotes % 2 == 0:
            return data[: end - 1], b"\n", data[end:]
        at = end
    return data, b"", b""
