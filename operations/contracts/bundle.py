"""The bundle: every valid contract in one JSON file, with the digest by which Terraform recognises a stale one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from operations.contracts.problems import InvalidContractsError, Problem
from operations.contracts.validation import problems_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader in C where PyYAML has it: ten times as fast."""


def digest_of(contracts: Path) -> str:
    """Return the SHA-256 over the paths and contents of all files below `contracts`.

    Terraform computes the same (terraform/variables.tf), so whoever changes the one changes the other.
    """
    files = sorted((path.relative_to(contracts).as_posix(), path) for path in contracts.rglob("*") if path.is_file())
    lines = (f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n" for name, path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def load(contracts: Path) -> dict[str, Any]:
    """Return {"digest", "marketplaces", "sources"} of a folder of contracts.

    Raises InvalidContractsError with all problems of all files.
    """
    schema = json.loads((contracts / "contract.schema.json").read_text(encoding="utf-8"))
    sources: dict[str, Any] = {}
    problems: list[Problem] = []
    for file in sorted(contracts.glob("*/*.yaml")):
        contract = read_contract(file, problems)
        if contract is None:
            continue
        found = problems_of(file, contract, schema)
        problems += found
        if not found:
            problems += _duplicates(file, contract, sources)
            sources[contract["source"]] = contract
    if problems:
        raise InvalidContractsError(problems)
    marketplaces = yaml.safe_load((contracts / "marketplaces.yaml").read_text(encoding="utf-8"))["marketplaces"]
    return {"digest": digest_of(contracts), "marketplaces": marketplaces, "sources": sources}


def read_contract(file: Path, problems: list[Problem]) -> Any:
    """Return the content of a YAML file; None when it cannot be read, which is then added to `problems`."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both are safe loaders
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(Problem(file, "", f"not YAML: {' '.join(str(error).split())}", "Fix the syntax."))
        return None


def _duplicates(file: Path, contract: dict[str, Any], sources: dict[str, Any]) -> list[Problem]:
    taken = {table: source for source, known in sources.items() for table in known["tables"]}
    problems = [
        Problem(file, f"tables.{table}", f"{taken[table]} has a table of this name", "Choose another name.")
        for table in contract["tables"]
        if table in taken
    ]
    if contract["source"] in sources:
        problems.append(Problem(file, "source", "another file has this source", "Choose another name."))
    return problems


def write(bundle: dict[str, Any], path: Path) -> None:
    """Write the bundle as JSON with sorted keys, so that the same contracts give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(bundle, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
