"""Blocks of quoted files end between records, wherever the reads end and however many quotes do not add up."""

import io

from curation.contracts.model import DocumentFormat
from curation.decoding.charsets import Charset
from curation.decoding.flat_block import FlatBlock
from curation.decoding.flat_file import FlatFile
from curation.decoding.quoting import records
from curation.decoding.whole_lines import blocks
from hypothesis import given, settings
from hypothesis import strategies as st

HEADER = '"a"\t"b"\t"c"\n'
WORDS = st.text("xyz ,'", min_size=1, max_size=6).map(lambda text: f"w{text}w")
PLAIN = st.tuples(st.just("plain"), WORDS)
QUOTED = st.tuples(
    st.just("quoted"),
    st.lists(st.one_of(WORDS, WORDS.map(lambda text: f'{text}"{text}')), min_size=1, max_size=5).map("\n".join),
)
ROW = st.tuples(*[st.one_of(PLAIN, QUOTED)] * 3)
STRAYS = {
    '27" tv\tw\tw\n': ('27" tv', "w", "w"),
    'tv 27"\tw\tw\n': ('tv 27"', "w", "w"),
    '"27" tv"\tw\tw\n': ('27" tv', "w", "w"),
    'w\tw\tw 5" wide\n': ("w", "w", 'w 5" wide'),
}


UNCERTAIN = [*STRAYS, 'w\t"Tube TV\tw\n', '"w\tw\tw\n', 'w\tw\t27"\n', "\n", 'w\t"two\n', "w\n"]


class Trickle:
    """A stream that gives a few bytes at a time, so that reads end anywhere."""

    def __init__(self, content, size):
        self._stream = io.BytesIO(content)
        self._size = size

    def read(self, size):
        return self._stream.read(min(size, self._size))


def read(content, size):
    """Return everything that a file gives: its rows and what is ragged, with their lines, in order."""
    file = FlatFile(Trickle(content.encode(), size), DocumentFormat("tsv", "double"), [Charset("utf-8", "strict")])
    found = []
    for block in file.read():
        if isinstance(block, FlatBlock):
            found += zip(block.lines.tolist(), *(column.to_pylist() for column in block.columns), strict=True)
        else:
            found.append((block.line, block.reason, block.text))
    return sorted(found)


def written(row):
    """Return a row as a careful program writes it."""
    values = ['"' + text.replace('"', '""') + '"' if kind == "quoted" else text for kind, text in row]
    return "\t".join(values) + "\n"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ROW, ROW, st.sampled_from(sorted(STRAYS))), max_size=60), st.integers(1, 200))
def test_stray_quotes_tear_no_value_of_many_lines(rows, size):
    content = HEADER + "".join(row if row in STRAYS else written(row) for row in rows)
    expected = [STRAYS[row] if row in STRAYS else tuple(text for _, text in row) for row in rows]
    assert [tuple(values) for _, *values in read(content, size)] == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ROW, st.sampled_from(UNCERTAIN)), max_size=60), st.integers(1, 200))
def test_blocks_end_where_records_do_even_where_a_quote_stays_open(rows, size):
    content = "".join(row if row in UNCERTAIN else written(row) for row in rows)
    cut = list(blocks(Trickle((HEADER + content).encode(), size), b"", quoted=True))
    assert "".join(block.decode() for block in cut) == HEADER + content
    first, *rest = cut
    found = [text for block in [first[len(HEADER) :], *rest] for _, _, text in records(block.decode(), "\t", 3)]
    assert found == [text for _, _, text in records(content, "\t", 3)]
