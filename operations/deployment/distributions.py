"""Installed Python distributions as archive entries: what a Lambda function needs beside our own code."""

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import PurePosixPath

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from operations.errors import OperationsError

COMPILED_SUFFIXES = {".so", ".pyd", ".dll", ".dylib"}
LICENCE_FILE = re.compile(r"(?i)(licen[cs]e|notice|copying|authors)")


def normalised(name: str) -> str:
    """Return the name of a distribution in the normal spelling, which can be compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def with_dependencies(names: Iterable[str], python: str) -> dict[str, metadata.Distribution]:
    """Return the installed distributions of `names` and of all they require on `python` (3.13), by normalised name.

    Raises OperationsError when one is not for that version of Python.
    """
    environment = {"extra": "", "python_version": python, "python_full_version": f"{python}.0"}
    found: dict[str, metadata.Distribution] = {}
    wanted = [normalised(name) for name in names]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found[name] = distribution = _installed(name)
        supported = "".join(distribution.metadata.get_all("Requires-Python") or ())
        if python not in SpecifierSet(supported):
            raise OperationsError(
                f"{name} {distribution.version} is for Python {supported}, but goes along to {python}"
            )
        for line in distribution.requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(environment):
                wanted.append(normalised(requirement.name))
    return found


def pure_python_files(distribution: metadata.Distribution) -> dict[str, bytes]:
    """Return the importable files and licences of a distribution, without its compiled parts.

    Raises OperationsError when a compiled module has no Python module beside it: leaving it out would break the import.
    """
    recorded = {PurePosixPath(str(path)): path for path in distribution.files or []}
    entries: dict[str, bytes] = {}
    for name, path in recorded.items():
        if name.is_absolute() or ".." in name.parts or "__pycache__" in name.parts:
            continue
        if name.suffix in COMPILED_SUFFIXES:
            _check_python_twin(distribution, name, set(recorded))
        elif not name.parts[0].endswith(".dist-info") or LICENCE_FILE.match(name.name):
            entries[str(name)] = path.locate().read_bytes()  # type: ignore[attr-defined]
    return entries


def _installed(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise OperationsError(f"the Python distribution {name} is not installed: run `make setup`") from None


def _check_python_twin(
    distribution: metadata.Distribution, compiled: PurePosixPath, present: set[PurePosixPath]
) -> None:
    module = compiled.name.split(".", 1)[0]
    # The shared part of modules that mypyc compiled: only the compiled twins import it.
    private_helper = "__mypyc" in module
    if not private_helper and compiled.with_name(f"{module}.py") not in present:
        raise OperationsError(
            f"{distribution.name} {distribution.version} has a compiled module without a Python twin ({compiled}):"
            " it cannot go into the functions' zip"
        )
