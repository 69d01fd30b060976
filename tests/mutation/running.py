"""Runs mutants: each in a process of its own, on a copy of the tree, with only the tests that run the changed line."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate
from pathlib import Path

import coverage

from tests.mutation import touching
from tests.mutation.mutations import Mutation

PATIENCE = 5.0
"""A mutant may take this many times as long as its tests take on unchanged code, and then counts as noticed."""

TEST_SECONDS = 20.0
"""What the tests of one mutant may take: of a line that hundreds of tests run, the quickest of them have to notice."""

START_SECONDS = 60.0
"""What every mutant may take on top: Python, pytest and the imports."""


TOOL = Path(__file__).parent


class Fate(Enum):
    """What the tests say of a mutant."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    NOT_RUN = "not run"
    NOT_JUDGED = "not judged"
    """pytest ended with neither success nor failed tests: it says nothing of what the tests would have noticed."""


TESTS_FAILED = 1
"""pytest's exit status where tests ran and some failed (pytest documentation, "Exit codes").

The higher ones are no answer: interrupted, internal error, wrong use, nothing collected.
"""


class UnusableTestsError(Exception):
    """The tests cannot be measured on unchanged code."""


class Copy:
    """A copy of the tree that mutants are written into; the working tree stays as it is."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Copy what git knows of, and new files that it does not ignore, from `root` to `folder`."""
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        for name in tree(root):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)

    def pytest(self, arguments: list[str], limit: float | None = None, folder: Path | None = None) -> int | None:
        """Return pytest's exit status, or None when it took longer than `limit` seconds and was stopped.

        `folder` is where the plugin of `touching` writes to, where it is used.
        """
        environment = os.environ | ({touching.FOLDER: str(folder)} if folder else {})
        environment["PYTHONPATH"] = os.pathsep.join(str(self.folder / name) for name in (*touching.SOURCES, "."))
        # Two mutants of one second and one size would share their compiled module.
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                return None
            finally:
                # Also where the run ended: a mutant may leave children behind.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                # Examples that one mutant failed on would be tried first on the next.
                shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)


@dataclass
class Touched:
    """Which tests run which lines of the tree in `folder`, and how many seconds each test takes."""

    folder: Path
    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def tests(self, module: str, mutation: Mutation) -> list[str]:
        """Return the tests that can notice a mutation, the quickest first, as many as fit into `TEST_SECONDS`.

        What runs at import runs before all tests. A constant concerns the tests that run a line which names it or whose
        file does; a default or a field, all that run a line of the module.
        """
        lines = self.lines.get(module, {})
        if not mutation.at_import:
            tests = {test for line in range(mutation.lines[0], mutation.lines[1] + 1) for test in lines.get(line, ())}
        else:
            tests = self._naming(mutation.names) if mutation.names else set()
            tests = tests or {test for line in lines.values() for test in line}
        ordered = sorted(tests, key=lambda test: (self.seconds[test], test))
        ends = accumulate(self.seconds[test] for test in ordered)
        return [test for at, (test, end) in enumerate(zip(ordered, ends, strict=True)) if not at or end < TEST_SECONDS]

    def _naming(self, names: tuple[str, ...]) -> set[str]:
        """Return the tests that run a line, of any module, that names a constant, or whose own file does."""
        named = re.compile(rf"\b({'|'.join(names)})\b")
        found: set[str] = set()
        for module, lines in self.lines.items():
            for number, text in enumerate((self.folder / module).read_text().splitlines(), 1):
                if number in lines and named.search(text):
                    found |= lines[number]
        files = {test.partition("::")[0] for test in self.seconds}
        naming = {file for file in files if named.search((self.folder / file).read_text())}
        return found | {test for test in self.seconds if test.partition("::")[0] in naming}


def touched(root: Path, copy: Copy, tests: list[str], cache: Path, jobs: int) -> Touched:
    """Return which tests run which lines: from the cache where neither code nor tests have changed since."""
    digest = hashlib.sha256("\n".join(tests).encode())
    for name in tree(root):
        if Path(name).suffix == ".md" or TOOL in (root / name).parents:
            continue
        digest.update(f"{name}\n".encode() + (root / name).read_bytes())
    folder = cache / digest.hexdigest()[:16]
    if not (folder / "done").exists():
        shutil.rmtree(cache, ignore_errors=True)
        folder.mkdir(parents=True)
        workers = ["-n", str(jobs)] if jobs > 1 else []
        status = copy.pytest(["-p", touching.__name__, *workers, *tests], folder=folder)
        if status not in (0, TESTS_FAILED):
            raise UnusableTestsError(f"pytest {' '.join(tests)} ended with {status}: run it to see why")
        (folder / "done").touch()
    seconds: dict[str, float] = {}
    for one in folder.glob("seconds-*.json"):
        seconds |= json.loads(one.read_text())
    measured = Touched(copy.folder, seconds)
    for one in folder.glob("coverage.*"):
        data = coverage.CoverageData(str(one))
        data.read()
        for measured_file in data.measured_files():
            module = os.path.relpath(measured_file, copy.folder)
            lines = measured.lines.setdefault(module, defaultdict(set))
            for line, contexts in data.contexts_by_lineno(measured_file).items():
                lines[line] |= seconds.keys() & set(contexts)
    return measured


def fate(copy: Copy, module: str, mutation: Mutation, measured: Touched, start: float = START_SECONDS) -> Fate:
    """Return what the tests that run a mutation say of it; `start` are the seconds that any run may take."""
    file = copy.folder / module
    source = file.read_text()
    tests = measured.tests(module, mutation)
    if not tests:
        return Fate.NOT_RUN
    limit = start + PATIENCE * sum(measured.seconds[test] for test in tests)
    file.write_text(mutation.apply(source))
    try:
        status = copy.pytest(["-x", *tests], limit)
    finally:
        file.write_text(source)
    if status is None or status == TESTS_FAILED:  # None: the tests took too long
        return Fate.NOTICED
    return Fate.SURVIVED if status == 0 else Fate.NOT_JUDGED


def tree(root: Path) -> list[str]:
    """Return the files below a folder that git knows of or does not ignore, in order."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in names.split("\0") if name and (root / name).is_file())
