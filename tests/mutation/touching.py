"""A pytest plugin that writes down which lines each test runs, and how long it takes.

One run of the fast tests with it says which tests can notice a change of a line. Its files go to the folder of the
environment variable `TOUCHING`: coverage data with a context per test, and a JSON file of seconds per test that passed.
"""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest

FOLDER = "TOUCHING"
SOURCES = ("functions", "glue_jobs")


class Touching:
    """Switches the coverage context with each test, its fixtures included."""

    def __init__(self, folder: Path) -> None:
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        self._out = folder / f"seconds-{os.getpid()}.json"
        self._coverage = coverage.Coverage(
            data_file=folder / "coverage", data_suffix=True, source=list(SOURCES), config_file=False
        )
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Measure one test from its first fixture to its last."""
        self._coverage.switch_context(item.nodeid)
        began = time.monotonic()
        result = yield
        self._seconds[item.nodeid] = time.monotonic() - began
        self._coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Forget a test that fails on unchanged code, or is skipped: it cannot notice anything."""
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Save what was measured."""
        self._coverage.stop()
        self._coverage.save()
        passed = {test: seconds for test, seconds in self._seconds.items() if test not in self._failed}
        self._out.write_text(json.dumps(passed))


def pytest_configure(config: pytest.Config) -> None:
    """Start measuring: in the workers where there are workers, not in the process that only hands out tests."""
    if not config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        config.pluginmanager.register(Touching(Path(os.environ[FOLDER])))
