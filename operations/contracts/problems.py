"""What is wrong with a contract: the file, the key, and the remedy."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing to fix in one contract."""

    file: Path
    key: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """Return `file: key: what is wrong. The remedy.`, the form in which people and editors read it."""
        return f"{self.file}: {self.key or '(top level)'}: {self.message}. {self.remedy}"


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return the remedy for a name that does not exist: the nearest of `known`, else `otherwise`."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else otherwise


class InvalidContractsError(Exception):
    """Raised when at least one contract cannot be used; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
