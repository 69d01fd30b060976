"""Mutants of a small project, against its tests."""

import subprocess

import pytest

from tests.mutation.__main__ import ROOT, Mutant, drawn, known_equivalent, modules, outdated, table
from tests.mutation.mutations import mutations
from tests.mutation.running import Copy, Fate, UnusableTestsError, fate, touched

MODULE = "functions/shop.py"
CODE = """\
LIMIT = 10


def reduced(price):
    if price > LIMIT:
        price -= 1
    return price


def waits(number):
    while number > 0:
        number -= 1


def forgotten(number):
    return number + 1


TOLD = 70
USED = 80
PART = 1
PARTS = 6 // PART
"""
OTHER = """\
import shop

def other():
    return shop.USED
"""
TESTS = """\
import other
import shop

def test_dear():
    assert shop.reduced(20) == 19

def test_waits():
    shop.waits(2)

def test_told():
    assert shop.TOLD == 70

def test_other():
    assert other.other() == 80

def test_fails_always():
    assert shop.reduced(1) == 2
"""


def written(root):
    files = {MODULE: CODE, "functions/other.py": OTHER, "tests/test_shop.py": TESTS, ".gitignore": "ignored\n"}
    for name, text in (files | {"ignored": ""}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    return root


@pytest.fixture
def project(tmp_path):
    return written(tmp_path / "project")


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return a project, a copy of it, and which of its tests run which of its lines."""
    folder = tmp_path_factory.mktemp("measured")
    root = written(folder / "project")
    plugin = root / "tests" / "mutation" / "touching.py"
    plugin.parent.mkdir()
    plugin.write_text((ROOT / "tests/mutation/touching.py").read_text())
    copy = Copy(root, folder / "copy")
    return root, copy, touched(root, copy, ["tests/test_shop.py"], folder / "cache", 1)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("price -= 1", "price += 1", Fate.NOTICED),
        ("if price > LIMIT:", "if (price >= LIMIT):", Fate.SURVIVED),
        ("LIMIT = 10", "LIMIT = 11", Fate.SURVIVED),
        ("TOLD = 70", "TOLD = 71", Fate.NOTICED),
        ("USED = 80", "USED = 81", Fate.NOTICED),
        ("return number + 1", "return (number - 1)", Fate.NOT_RUN),
        ("PART = 1", "PART = 0", Fate.NOT_JUDGED),
        ("number -= 1", "pass", Fate.NOTICED),
    ],
    ids=["noticed", "survived", "constant", "named by a test", "used elsewhere", "not run", "not collected", "endless"],
)
def test_tests_notice_miss_or_never_run_a_change(measured, before, after, said):
    root, copy, lines = measured
    [one] = [one for one in mutations(CODE) if one.difference(CODE) == (before, after)]
    assert fate(copy, MODULE, one, lines, **({"start": 5.0} if said is Fate.NOTICED else {})) is said
    assert (copy.folder / MODULE).read_text() == (root / MODULE).read_text() == CODE


def test_a_test_that_fails_on_unchanged_code_says_nothing(measured):
    assert {test.partition("::")[2] for test in measured[2].seconds} == {
        "test_dear",
        "test_waits",
        "test_told",
        "test_other",
    }


def test_tests_that_cannot_be_run_are_an_error(project, tmp_path):
    with pytest.raises(UnusableTestsError):
        touched(project, Copy(project, tmp_path / "copy"), ["tests/none.py"], tmp_path / "cache", 1)


def test_a_copy_has_what_git_does_not_ignore(project, tmp_path):
    copy = Copy(project, tmp_path / "copy")
    assert (copy.folder / MODULE).exists()
    assert not (copy.folder / "ignored").exists()


def test_modules_are_named_by_file_or_folder(project):
    (project / "functions/__init__.py").write_text("")
    assert modules(["functions", MODULE], project) == ["functions/other.py", MODULE]
    with pytest.raises(SystemExit, match="no module functions/none"):
        modules(["functions/none"], project)


def test_known_equivalent_changes_are_not_drawn_and_old_ones_are_named(tmp_path):
    file = tmp_path / "equivalent.toml"
    entry = '[[equivalent]]\nmodule = "m.py"\nbefore = "x = 1"\nafter = "x = 2"\nreason = "r"\n'
    file.write_text(entry + entry.replace("x", "y"))
    known = known_equivalent(file)
    assert [one.after for one in drawn("m.py", "x = 1\n", 9, 1, known)] == ["x = 0"]
    assert outdated("m.py", "x = 1\n", known) == [("m.py", "y = 1", "y = 2")]
    file.write_text(entry.replace('"r"', '""'))
    with pytest.raises(SystemExit, match="no reason"):
        known_equivalent(file)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, Fate.SURVIVED),
        (1, Fate.NOTICED),
        (None, Fate.NOTICED),
        *((status, Fate.NOT_JUDGED) for status in (2, 3, 4, 5, -9)),
    ],
)
def test_only_failed_tests_and_those_without_end_notice_a_change(measured, monkeypatch, status, said):
    _, copy, lines = measured
    monkeypatch.setattr(copy, "pytest", lambda arguments, limit: status)
    [one] = [one for one in mutations(CODE) if one.difference(CODE) == ("price -= 1", "price += 1")]
    assert fate(copy, MODULE, one, lines) is said


def test_the_table_has_a_line_per_module_and_the_score_of_all():
    results = [("b", Fate.NOTICED), ("a", Fate.NOTICED), ("b", Fate.SURVIVED), ("b", Fate.NOT_RUN)]
    results.append(("b", Fate.NOT_JUDGED))
    lines, score = table(results)
    assert lines[2:] == [
        "| a | 1 | 1 | 0 | 0 | 0 | 100% |",
        "| b | 4 | 1 | 1 | 1 | 1 | 25% |",
        "| all | 5 | 2 | 1 | 1 | 1 | 40% |",
    ]
    assert score == 40.0


def test_a_survivor_is_shown_as_a_difference():
    [one, *_] = mutations("x = a < b\n")
    shown = Mutant("m.py", one, *one.difference("x = a < b\n")).shown(Fate.SURVIVED)
    assert shown == f"@@ m.py:1 (survived)\n-x = a < b\n+x = {one.text}"
