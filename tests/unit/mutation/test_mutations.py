"""Which mutations a source has, and which of them are drawn."""

import ast
from pathlib import Path

import pytest

from tests.mutation.mutations import mutations, sample

ROOT = Path(__file__).parents[3]


def changes(source):
    return {one.difference(source)[1] for one in mutations(source)}


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("x = a < b", {"x = (a <= b)", "x = (a >= b)"}),
        ("x = a in b", {"x = (a not in b)"}),
        ("x = (a or b) and c", {"x = ((a or b) or c)", "x = (a or b)", "x = (c)", "x = ((a and b)) and c"}),
        ("x = not a", {"x = (a)"}),
        ("x = a - b", {"x = (a + b)"}),
        ("x = a if b else c", {"x = (c if b else a)"}),
        ("x = True", {"x = False"}),
        ("x = 7", {"x = 8", "x = 6"}),
        ("x = f(a, b)", {"x = f(b, a)"}),
        ("x = f(a, k=b)", {"x = f(a)"}),
        ("f(a)", {"pass"}),
        ("raise a", {"pass"}),
        ("a.b = c", {"pass"}),
        ("a += b", {"pass", "a -= b"}),
    ],
)
def test_each_kind_of_expression_and_statement_has_its_mutations(line, changed):
    assert changed <= changes(line)


def test_loops_conditions_and_results():
    source = "def f(a):\n    for b in a:\n        if b:\n            continue\n        break\n    return a\n"
    assert {"break", "continue", "return None", "if (not (b)):"} <= changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A text about the module."""',
        "import a",
        "@decorated(1)\ndef f(a: 'int') -> 'int':\n    pass",
        "_log.info('x', 1, extra=a + b)",
        "x = f'{a + 1}'",
        "if TYPE_CHECKING:\n    x = 1",
        "x: 'int'",
        "x = np.maximum(a, b)",
    ],
)
def test_what_users_cannot_notice_is_left_alone(source):
    assert mutations(source) == ()


def test_a_change_stays_where_it_is_beside_letters_of_several_bytes():
    assert changes("x = 'ß', a < b, c") == {
        "x = 'ß', (a <= b), c",
        "x = 'ß', (a >= b), c",
        "x = 'ß~', a < b, c",
    }


def test_a_change_in_a_statement_of_several_lines_knows_its_lines():
    source = "x = f(\n    a,\n    k=b < c,\n)\n"
    [mutation] = [one for one in mutations(source) if one.text == "(b <= c)"]
    assert mutation.lines == (1, 4)
    assert mutation.difference(source) == ("k=b < c,", "k=(b <= c),")


def test_a_change_in_a_condition_does_not_claim_the_lines_below_it():
    source = "def f(a):\n    if a < 1:\n        g()\n        h()\n"
    [mutation] = [one for one in mutations(source) if one.text == "(a <= 1)"]
    assert mutation.lines == (2, 2)


def test_constants_of_the_module_are_known_by_their_names():
    found = {one.text: one for one in mutations("A, B = 1, 5\n\nclass C:\n    d: int = 20\n\ndef f():\n    c = 8\n")}
    assert (found["6"].names, found["6"].at_import) == (("A", "B"), True)
    assert (found["21"].names, found["21"].at_import) == ((), True)
    assert (found["9"].names, found["9"].at_import) == ((), False)


def test_mutations_of_a_real_module_are_python_and_differ():
    source = (ROOT / "tests/mutation/mutations.py").read_text()
    found = mutations(source)
    assert len(found) > 100
    for one in found[::10]:
        assert ast.dump(ast.parse(one.apply(source))) != ast.dump(ast.parse(source))
        assert one.difference(source)[0] != one.difference(source)[1]


def test_a_sample_depends_on_the_seed_and_not_on_other_lines():
    source = "def f(a, b):\n" + "".join(f"    x{n} = a + b * {n} < {n + 40}\n" for n in range(30))
    drawn = sample(source, 10, "1")
    assert drawn == sorted(drawn)
    assert len(drawn) == 10
    assert drawn == sample(source, 10, "1")
    assert drawn != sample(source, 10, "2")
    moved = "import a\n\n\n" + source
    assert [one.difference(moved) for one in sample(moved, 10, "1")] == [one.difference(source) for one in drawn]


def test_few_texts_are_drawn():
    source = "".join(f"x{n} = 'text {n}'\n" for n in range(500))
    assert 20 < len(sample(source, 500, "1")) < 90
