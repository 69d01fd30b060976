"""One contract by its name or its file, validated, with its marketplaces: for commands that need no bundle."""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.contracts.bundle import read_contract
from operations.contracts.problems import InvalidContractsError, Problem
from operations.contracts.validation import problems_of
from operations.errors import WrongUseError

DEFAULT_FOLDER = Path("contracts")
SCHEMA = "contract.schema.json"


@dataclass(frozen=True)
class SingleContract:
    """A valid contract of a report, as in the bundle, and all marketplaces by id."""

    contract: dict[str, Any]
    marketplaces: dict[str, dict[str, Any]]

    def marketplace(self, name: str | None) -> dict[str, Any] | None:
        """Return the marketplace of a code (DE) or an id, with its id under "id".

        Raises WrongUseError when no marketplace has this code or id.
        """
        if name is None:
            return None
        for identifier, marketplace in self.marketplaces.items():
            if name.upper() in {identifier, marketplace["code"]}:
                return {**marketplace, "id": identifier}
        codes = ", ".join(sorted(marketplace["code"] for marketplace in self.marketplaces.values()))
        raise WrongUseError(f"there is no marketplace {name}: use one of {codes}, or its id")


def load_single(name: str, folder: Path | None = None) -> SingleContract:
    """Return the contract that is called `name` below `folder` (by default ./contracts), or that is in the file `name`.

    The schema and the marketplaces are those of `folder`; for a file without a `folder` those of the nearest folder
    above it that has them, else ./contracts. Raises WrongUseError when there is no such contract, or it is none of a
    report; InvalidContractsError with all that is wrong with it.
    """
    file = Path(name) if _means_a_file(name) else _named(name, folder or DEFAULT_FOLDER)
    if not file.is_file():
        raise WrongUseError(
            f"there is no contract file {file}: check the path, or name a contract below {folder or DEFAULT_FOLDER}"
        )
    beside = folder or next((above for above in file.resolve().parents if (above / SCHEMA).is_file()), DEFAULT_FOLDER)
    schema, marketplaces = _beside(beside)
    problems: list[Problem] = []
    contract = read_contract(file, problems)
    problems = problems or problems_of(file, contract, schema)
    if problems:
        raise InvalidContractsError(problems)
    if "document" not in contract:
        raise WrongUseError(
            f"{file} describes tables that the job itself writes, not documents: name the contract of a report"
        )
    return SingleContract(contract, marketplaces)


def _means_a_file(name: str) -> bool:
    path = Path(name)
    return path.suffix in {".yaml", ".yml"} or len(path.parts) > 1 or path.is_file()


def _named(name: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise WrongUseError(
            f"there is no folder {folder} here: change to the project's folder, or name the folder of the contracts"
            " with --contracts"
        )
    known = {file.stem: file for file in sorted(folder.glob("**/*.yaml")) if file.parent != folder}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3)
    remedy = (
        f"did you mean {' or '.join(near)}?"
        if near
        else f"use a path to a file, or one of {', '.join(known) or 'none'}"
    )
    raise WrongUseError(f"there is no contract {name} below {folder}: {remedy}")


def _beside(folder: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    files = (folder / SCHEMA, folder / "marketplaces.yaml")
    for file in files:
        if not file.is_file():
            raise WrongUseError(f"there is no {file}: name the folder of the contracts, which has it, with --contracts")
    schema, marketplaces = (file.read_text(encoding="utf-8") for file in files)
    return json.loads(schema), yaml.safe_load(marketplaces)["marketplaces"]
