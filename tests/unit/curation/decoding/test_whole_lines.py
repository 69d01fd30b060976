"""Flat files wherever they are cut: no row is lost, doubled or torn, quoted values over several lines included."""

import io

import pytest
from curation.contracts.model import DocumentFormat
from curation.decoding import whole_lines
from curation.decoding.charsets import Charset
from curation.decoding.flat_block import FlatBlock
from curation.decoding.flat_file import FlatFile
from curation.decoding.whole_lines import blocks
from curation.errors import RefusedError

A = ("a", "string")
B = ("b", "string")
C = ("c", "string")
LINE = {"name": "line", "from": "$row.number", "type": "bigint"}
QUOTED = {"document": {"quoting": "double"}}
UTF8 = [Charset("utf-8", "strict")]

BROKEN_LINES = '"1"\t"one\ntwo"\n"2"\t"plain"\n"3"\t"three\n\nfour"\n\n"4"\t"say ""x\ny"""\n"5"\tz\n'
BROKEN_ROWS = [
    (2, "1", "one\ntwo"),
    (4, "2", "plain"),
    (5, "3", "three\n\nfour"),
    (9, "4", 'say "x\ny"'),
    (11, "5", "z"),
]


class Trickle:
    """A stream that gives a few bytes at a time, so that blocks end anywhere."""

    def __init__(self, content, size):
        self._stream = io.BytesIO(content)
        self._size = size

    def read(self, size):
        return self._stream.read(min(size, self._size))


def cut(content, size, *, quoted=True):
    return list(blocks(Trickle(content, size), b"", quoted=quoted))


def read(content, size, quoting="double", part=0, parts=1):
    """Return the rows (line and values) that a file of two columns gives, and the file."""
    file = FlatFile(Trickle(content.encode(), size), DocumentFormat("tsv", quoting), UTF8)
    rows = []
    for block in file.read(part, parts):
        assert isinstance(block, FlatBlock), block
        rows += zip(block.lines.tolist(), *(column.to_pylist() for column in block.columns), strict=True)
    return sorted(rows), file


@pytest.mark.parametrize("size", range(1, 40))
def test_values_over_several_lines_are_whole_wherever_a_block_ends(size):
    rows, _ = read('"a"\t"b"\n' + BROKEN_LINES * 3, size)
    assert rows == [(line + 11 * repeat - repeat, *row) for repeat in range(3) for line, *row in BROKEN_ROWS]


def expected_blocks(content, size):
    """Return the blocks that end with the last line end outside of quotes, found by trying every one."""
    found, rest = [], b""
    for at in range(0, len(content), size):
        rest += content[at : at + size]
        ends = [end for end in range(1, len(rest) + 1) if rest[end - 1 : end] == b"\n"]
        if end := max((end for end in ends if rest.count(b'"', 0, end) % 2 == 0), default=0):
            found.append(rest[:end])
            rest = rest[end:]
    return found + [rest] * bool(rest)


@pytest.mark.parametrize("size", [1, 5, 11, 64])
def test_blocks_end_with_the_last_line_that_is_whole(size):
    content = BROKEN_LINES.encode() * 5
    assert cut(content, size) == expected_blocks(content, size)
    assert cut(b"a\nb\nc", 3, quoted=False) == [b"a\n", b"b\n", b"c"]


@pytest.fixture
def small_blocks(monkeypatch):
    """Make files of some hundred bytes as large as those whose blocks end although a quote is left open."""
    monkeypatch.setattr(whole_lines, "LONGEST_HEADER", 100)
    monkeypatch.setattr(whole_lines, "LONGEST_LINE", 400)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", [7, 20, 33])
def test_one_odd_quote_in_a_large_file_costs_no_row_and_refuses_nothing(size):
    """Where quotes do not add up, blocks end between two lines that are even in themselves."""
    content = '"a"\t"b"\n27" tv\t"x"\n' + '"1"\t"y"\n' * 200
    assert all(block.endswith(b"\n") for block in cut(content.encode(), size))
    rows, _ = read(content, size)
    assert rows == [(2, '27" tv', "x"), *((line, "1", "y") for line in range(3, 203))]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", [7, 20, 33])
@pytest.mark.parametrize("lines", [2, 3, 4, 5])
def test_a_file_all_of_whose_values_have_several_lines_is_read_exactly(lines, size):
    value = "\n".join(["one", *["more"] * (lines - 2), "last"])
    rows, _ = read('"a"\t"b"\n' + "".join(f'"{number}"\t"{value}"\n' for number in range(100)), size)
    assert [row for _, *row in rows] == [[str(number), value] for number in range(100)]


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("size", [7, 20, 33])
def test_one_odd_quote_in_a_large_file_tears_no_value_of_two_lines(size):
    rows, _ = read('"a"\t"b"\n27" tv\t"x"\n' + '"1"\t"y"\n"2"\t"two\nlines"\n' * 100, size)
    assert rows[0] == (2, '27" tv', "x")
    assert [row for _, *row in rows[1:]] == [["1", "y"], ["2", "two\nlines"]] * 100


def test_a_line_without_end_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(whole_lines, "LONGEST_LINE", 100)
    for quoted in (False, True):
        with pytest.raises(RefusedError, match="no line ends within"):
            cut(b"a" * 150, 10, quoted=quoted)
        assert cut(b"a" * 100, 10, quoted=quoted) == [b"a" * 100]


def test_a_record_without_end_is_refused_instead_of_torn(monkeypatch):
    monkeypatch.setattr(whole_lines, "LONGEST_LINE", 100)
    value = "word\n" * 30
    with pytest.raises(RefusedError, match="no record ends within"):
        cut(f'a\tb\n1\t"{value}'.encode(), 10)
    assert len(cut(f'a\tb\n1\t"{value[:80]}"\n2\tx\n'.encode(), 10)) > 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_after_a_quoted_header_are_counted(flat, end):
    result = flat(f'"a"\t"b"{end}{end}{end}"x"\t"y"{end}', A, B, LINE, **QUOTED)
    assert (result.column("a"), result.column("b"), result.column("line")) == (["x"], ["y"], [4])


@pytest.mark.parametrize("quoting", ["none", "double"])
def test_rows_before_a_block_of_blank_lines_are_rows(quoting):
    content = "a\tb\n" + "x\ty\n" * 5 + "\n" * 30
    for part in range(2):
        assert read(content, 8, quoting, part, 2)[1].has_rows
    assert not read("a\tb\n" + "\n" * 30, 8, quoting)[1].has_rows


def test_parts_of_a_file_are_its_blocks_by_turns():
    content = "a\tb\n" + "".join(f"{number}\ty\n" for number in range(10, 40))
    parts = [read(content, 10, "none", part, 3)[0] for part in range(3)]
    assert sorted(row for part in parts for row in part) == [(n - 8, str(n), "y") for n in range(10, 40)]
    assert all(len(part) > 5 for part in parts)


def test_short_quoted_rows_are_padded(flat):
    result = flat('"a"\t"b"\t"c"\n"1"\t"2"\n"3"\n"4"\t"5"\t"6"\n', A, B, C, **QUOTED)
    assert sorted(zip(result.column("a"), result.column("b"), result.column("c"), strict=True)) == [
        ("1", "2", None),
        ("3", None, None),
        ("4", "5", "6"),
    ]
    assert result.quarantined == []


@pytest.mark.parametrize("part", ["", "\t\t"])
def test_long_rows_of_quoted_files_are_quarantined_and_empty_values_beyond_the_header_are_not(flat, part):
    result = flat(f'"a"\t"b"\n"1"\t"2"{part}\n"3"\t"4"\t"5"\n', A, B, **QUOTED)
    assert result.column("a") == ["1"]
    assert [(bad.line, bad.reason, bad.record) for bad in result.quarantined] == [
        (3, "has 3 values under 2 headers", "3\t4\t5")
    ]


@pytest.mark.parametrize("stray", ["x", '5" wide'])
def test_the_first_row_of_a_quoted_file_gives_its_values(flat, stray):
    first = {"name": "first", "from": "$first_row.b", "type": "string"}
    result = flat(f'"a"\t"b"\n\n"x"\t"one\ntwo"\n"y"\t{stray}\n', A, first, **QUOTED)
    assert (result.column("a"), result.column("first")) == (["x", "y"], ["one\ntwo"] * 2)


@pytest.mark.parametrize(
    "content", ['"a"\t"b"\n"x"\t"y"', '"a"\t"b"\r\n"x"\t"y"\r\n', '"a"\t"b"\n"x"\t"y"\n', '"a\n"\t"b"\n"x"\t"y"\n']
)
def test_quoted_files_end_lines_in_every_way(flat, content):
    result = flat(content, A, B, LINE, **QUOTED)
    assert (result.column("a"), result.column("b"), result.column("line")) == (["x"], ["y"], [2])


def test_a_file_that_may_be_whole_has_all_its_rows_published(flat):
    """Its last line has no end, but as many values as the others."""
    for quoting in ("none", "double"):
        result = flat("a\tb\nx\ty\nz\tw", A, B, document={"quoting": quoting})
        assert (result.column("b"), result.quarantined) == (["y", "w"], [])
        result = flat("a\tb\nx\nz", A, B, document={"quoting": quoting})
        assert (result.column("a"), result.column("b"), result.quarantined) == (["x", "z"], [None, None], [])


def test_code_page_1252_is_read_with_its_own_letters_and_latin_ones(flat):
    content = "a\tb\n€ „x“\té ÿ\xa0\n".encode("cp1252")
    result = flat(content, A, B, charset="Cp1252", marketplace="DE")
    assert (result.column("a"), result.column("b")) == (["€ „x“"], ["é ÿ\xa0"])
    with pytest.raises(RefusedError, match="no charset fits"):
        flat(b"a\tb\nx\t\x9d\xff\n", A, B, charset="Cp1252")
