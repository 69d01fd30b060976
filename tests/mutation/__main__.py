"""`make mutate`: how many small changes of the code the fast tests notice, module by module.

Why not a tool of the field: mutmut changes nothing outside of functions (constants, fields, defaults) and always runs
all mutants, as cosmic-ray does, which edits the working tree and runs one command for every mutant. Both would take
hours here.
"""

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.mutations import Mutation, mutations, sample
from tests.mutation.running import Copy, Fate, Touched, fate, touched

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutation"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
MODULES = (
    "functions/adapters/ledger.py",
    "functions/adapters/quotas.py",
    "functions/ingestion/windows",
    "functions/ingestion/queue",
    "functions/ingestion/quotas",
    "functions/ingestion/attempts",
    "functions/ingestion/documents",
    "functions/ingestion/curation",
    "glue_jobs/curation/decoding",
    "glue_jobs/curation/conforming",
    "glue_jobs/curation/reading",
    "glue_jobs/curation/judging",
    "glue_jobs/curation/recording",
)
"""What carries the promises: files, or folders with all modules in them."""

TESTS = ("tests/unit", "tests/property", "tests/contract")


@dataclass(frozen=True)
class Mutant:
    """One mutation of one module, with the lines as they are and as they become."""

    module: str
    mutation: Mutation
    before: str
    after: str

    def shown(self, fate_: Fate) -> str:
        """Return the mutant as a difference for people to read."""
        marked = [*(f"-{line}" for line in self.before.splitlines()), *(f"+{line}" for line in self.after.splitlines())]
        return "\n".join([f"@@ {self.module}:{self.mutation.lines[0]} ({fate_.value})", *marked])


def modules(named: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return the modules that are named, or lie in a folder that is named."""
    found: list[str] = []
    for name in named:
        path = root / name
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        if not all(file.is_file() for file in files) or not files:
            raise SystemExit(f"mutate: no module {name}")
        found += [str(file.relative_to(root)) for file in files if file.name != "__init__.py"]
    return list(dict.fromkeys(found))


def drawn(module: str, source: str, size: int, seed: int, equivalent: set[tuple[str, str, str]]) -> list[Mutant]:
    """Draw a module's mutants, without those of them that are known to be equivalent."""
    mutants = [Mutant(module, one, *one.difference(source)) for one in sample(source, size, f"{seed} {module}")]
    return [one for one in mutants if (module, one.before, one.after) not in equivalent]


def outdated(module: str, source: str, equivalent: set[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the entries for equivalent mutations of a module that its source no longer has."""
    possible = {(module, *one.difference(source)) for one in mutations(source)}
    return sorted(entry for entry in equivalent if entry[0] == module and entry not in possible)


def known_equivalent(file: Path = EQUIVALENT) -> set[tuple[str, str, str]]:
    """Return the mutations that nobody could notice: module, lines before, lines after."""
    entries = tomllib.loads(file.read_text()).get("equivalent", [])
    for entry in entries:
        if not entry["reason"]:
            raise SystemExit(f"mutate: an equivalent mutation of {entry['module']} has no reason")
    return {(entry["module"], entry["before"].strip(), entry["after"].strip()) for entry in entries}


def fates(mutants: list[Mutant], copies: list[Copy], measured: Touched) -> Iterator[tuple[Mutant, Fate]]:
    """Run the mutants, as many at a time as there are copies of the tree, and yield them in their order."""
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def run(mutant: Mutant) -> tuple[Mutant, Fate]:
        copy = free.get()
        try:
            return mutant, fate(copy, mutant.module, mutant.mutation, measured)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        yield from pool.map(run, mutants)


def table(results: Iterable[tuple[str, Fate]]) -> tuple[list[str], float]:
    """Return the table of results by module, in Markdown, and the score of all: the percentage that was noticed."""
    counts: dict[str, Counter[Fate]] = {}
    for module, one in results:
        for name in (module, "all"):
            counts.setdefault(name, Counter())[one] += 1
    total = counts.pop("all", Counter())
    lines = [
        f"| module | mutants | {' | '.join(one.value for one in Fate)} | score |",
        "|---|---|" + "---|" * (len(Fate) + 1),
    ]
    for name, count in [*sorted(counts.items()), ("all", total)]:
        numbers = [count.total(), *(count[one] for one in Fate)]
        lines.append(f"| {name} | {' | '.join(str(number) for number in numbers)} | {_score(count):.0f}% |")
    return lines, _score(total)


def _score(count: Counter[Fate]) -> float:
    return 100.0 * count[Fate.NOTICED] / (count.total() or 1)


def main() -> int:
    """Run a sample of mutants and print the table; the exit status says whether the score is high enough."""
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, help="files or folders; default: %(default)s")
    parser.add_argument("--sample", type=int, default=8, help="mutants per module at most; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", nargs="*", default=list(TESTS))
    parser.add_argument("--fail-under", type=float, default=0.0, metavar="PERCENT")
    given = parser.parse_args()

    copies = [Copy(ROOT, BUILD / f"copy-{number}") for number in range(given.jobs)]
    measured = touched(ROOT, copies[0], given.tests, BUILD / "touched", given.jobs)
    equivalent = known_equivalent()
    mutants: list[Mutant] = []
    for module in modules(given.modules):
        source = (ROOT / module).read_text()
        mutants += drawn(module, source, given.sample, given.seed, equivalent)
        for _, before, after in outdated(module, source, equivalent):
            print(f"{module}: {EQUIVALENT.name} knows a change that is no more: {before} -> {after}", file=sys.stderr)
    results: list[tuple[str, Fate]] = []
    survivors = BUILD / "survivors.diff"
    with survivors.open("w") as file:
        for mutant, fate_ in fates(mutants, copies, measured):
            results.append((mutant.module, fate_))
            if fate_ is not Fate.NOTICED:
                print(mutant.shown(fate_), end="\n\n", file=file, flush=True)
            print(f"\r{len(results)} of {len(mutants)}", end="", file=sys.stderr)
    lines, score = table(results)
    print("\r" + "\n".join(lines))
    if unjudged := sum(one is Fate.NOT_JUDGED for _, one in results):
        print(
            f"mutate: pytest could not run the tests of {unjudged} mutants, which count as not noticed:"
            " see whether the changed module can still be imported, and whether its tests run without the change",
            file=sys.stderr,
        )
    print(f"\nNot noticed: {survivors.relative_to(ROOT)}")
    return int(score < given.fail_under)


if __name__ == "__main__":
    sys.exit(main())
