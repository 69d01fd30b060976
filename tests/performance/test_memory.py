"""Peak memory of decoding over the size of the document: it must stay flat."""

import io
import multiprocessing
from pathlib import Path

import pytest

from tests.performance.documents import decode, order_file, sales_and_traffic, search_terms, xml_orders
from tests.performance.measuring import show

MEGABYTES = (10, 100, 1000)
MOST_GROWTH = 100


class Repeated(io.RawIOBase):
    """A document of any size: a head, a body many times, a tail."""

    def __init__(self, head: bytes, body: bytes, times: int, tail: bytes) -> None:
        self._pieces = iter([head, *[body] * times, tail])
        self._rest = b""

    def read(self, size=-1):
        while len(self._rest) < size and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def parts(source):
    """Return head, body and tail of a document, and how it is decoded."""
    if source == "all_orders":
        head, _, body = order_file(4000).partition(b"\n")
        return head + b"\n", body, b"", ("DE", {"charset": "Cp1252"})
    if source == "xml_orders":
        whole = xml_orders(1000)
        start, end = whole.index(b"<Message>"), whole.rindex(b"</AmazonEnvelope>")
        return whole[:start], whole[start:end], whole[end:], ("DE", {})
    whole = search_terms(4000) if source == "search_terms" else sales_and_traffic(1000)
    start, end = (
        whole.index(
            b"{", whole.index(b"[", whole.index(b"dataBy" if source == "search_terms" else b"salesAndTrafficBy"))
        ),
        whole.rindex(b"]"),
    )
    return (
        whole[:start],
        whole[start:end].rstrip() + b",\n",
        whole[start:],
        ("US" if source == "search_terms" else "DE", {}),
    )


def peak(source, megabytes, answer):
    head, body, tail, (marketplace, more) = parts(source)
    decode(source, Repeated(head, body, megabytes * 1_000_000 // len(body), tail), marketplace, **more)
    status = Path("/proc/self/status").read_text()
    answer.put(int(status.partition("VmHWM:")[2].split()[0]) // 1024)


@pytest.mark.parametrize("source", ["all_orders", "search_terms", "sales_and_traffic", "xml_orders"])
def test_memory_over_document_size(source):
    peaks = {}
    for megabytes in MEGABYTES:
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        process = context.Process(target=peak, args=(source, megabytes, answer))
        process.start()
        peaks[megabytes] = answer.get(timeout=900)
        process.join()
    show(
        f"Peak memory of one worker, {source}",
        ("document, MB", "peak, MB", "more than at the smallest", "aim"),
        [(megabytes, one, one - peaks[MEGABYTES[0]], f"< {MOST_GROWTH}") for megabytes, one in peaks.items()],
    )
    assert peaks[MEGABYTES[-1]] - peaks[MEGABYTES[0]] < MOST_GROWTH
