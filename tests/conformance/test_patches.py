"""Every patch names the rule of AWS that it restores, and is seen at work by a test."""

import ast
import importlib
import inspect
import pkgutil
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from ministack.services import stepfunctions

from local_cloud.emulator import editing
from local_cloud.emulator import patches as patches_package
from local_cloud.emulator.aws import PATCHES as OF_AWS
from local_cloud.emulator.aws import PLUMBING
from local_cloud.emulator.governance import PATCHES as OF_GOVERNANCE


def patches():
    return [*OF_AWS, *OF_GOVERNANCE]


def marked(modules="test_*.py"):
    """Names of patches in the marks of the tests here."""
    names = set()
    for file in Path(__file__).parent.glob(modules):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.patch":
                names |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return names


def test_every_patch_has_a_test_and_every_mark_a_patch():
    assert marked() == {patch.__name__ for patch in patches()}


FIELDS = re.compile(
    r"(?P<rule>[^\n]+\.)\n\n(?:.*?\n\n)?"
    r"Source: (?P<source>.+?)\n"
    r"Upstream: (?P<upstream>(?:ministack|moto)\.[\w.]*\w) (?P<instead>.+?)\n"
    r"Remove when: (?P<condition>.+?)(?:\n\n.*)?",
    re.DOTALL,
)


@pytest.mark.parametrize("patch", [*PLUMBING, *patches()], ids=lambda patch: patch.__name__)
def test_a_docstring_names_the_rule_its_source_what_upstream_does_and_when_the_patch_can_go(patch):
    found = FIELDS.fullmatch(inspect.cleandoc(patch.__doc__))
    assert found
    assert pkgutil.resolve_name(found["upstream"]) is not None
    if patch not in PLUMBING:
        (shown_by,) = re.findall(r"\((test_\w+\.py)\)", found["condition"])
        assert patch.__name__ in marked(shown_by)


def test_the_patches_are_written_for_the_emulators_that_are_installed():
    written_for = dict(re.findall(r"(ministack|moto) (\d+\.\d+\.\d+)", patches_package.__doc__))
    assert written_for == {emulator: version(emulator) for emulator in ("ministack", "moto")}


def test_names_are_unique():
    names = [patch.__name__ for patch in patches()]
    assert len(names) == len(set(names))


def test_a_patch_that_does_not_fit_the_source_is_an_error():
    with pytest.raises(editing.PatchDoesNotFitError, match="0 times"):
        editing.edit(stepfunctions, "_scaled_sleep", ("not in the source", ""))
    with pytest.raises(editing.PatchDoesNotFitError, match="has no method"):
        editing.replace_method(dict, "no_such_method", len)


def test_edits_and_wrappers_of_one_function_come_in_any_order(tmp_path, monkeypatch):
    (tmp_path / "subject.py").write_text("def value():\n    return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    subject = importlib.import_module("subject")

    editing.wrap(subject, "value", lambda inner: inner() * 10)
    editing.edit(subject, "value", ("return 1", "return 2"))
    editing.wrap(subject, "value", lambda inner: inner() + 1)
    editing.edit(subject, "value", ("return 2", "return 3"))
    assert subject.value() == 31
