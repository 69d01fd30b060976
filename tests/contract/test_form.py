"""Contracts can be read and compared line by line: one attribute a line, none longer than code may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = [
    *sorted((ROOT / "contracts").rglob("*.yaml")),
    *sorted((ROOT / "tests" / "fixtures" / "golden").rglob("*.yaml")),
]
LONGEST = 120


def nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from nodes(item)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from nodes(value)


def inline(text: str) -> list[int]:
    """Return the lines on which attributes stand side by side; only lists of plain values may."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None
    return [
        node.start_mark.line + 1
        for node in nodes(root)
        if isinstance(node, yaml.CollectionNode) and node.flow_style and not _is_plain(node)
    ]


def _is_plain(node: yaml.CollectionNode) -> bool:
    if isinstance(node, yaml.MappingNode):
        return not node.value
    return all(isinstance(item, yaml.ScalarNode) for item in node.value)


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_one_attribute_stands_on_a_line(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert inline(text) == []
    assert [number for number, line in enumerate(text.splitlines(), 1) if len(line) > LONGEST] == []


def test_attributes_side_by_side_are_seen() -> None:
    assert inline("a: {}\nb: [x, y]\nc:\n  - {name: x}\nd: {e: 1}\nf: [[1], [2]]\n") == [4, 5, 6]
