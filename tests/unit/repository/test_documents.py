"""The Markdown documents: every path, link and make target that they name exists, and the index reaches all of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GENERATED = {ROOT / "docs" / "data-dictionary.md"}
DOCUMENTS = sorted(
    path
    for folder, pattern in (
        (".", "*.md"),
        ("docs", "**/*.md"),
        ("terraform", "**/*.md"),
        ("local_cloud", "**/*.md"),
        ("tests/fixtures/amazon_examples", "*.md"),
        (".github", "**/*.md"),
    )
    for path in (ROOT / folder).glob(pattern)
    if ".terraform" not in path.parts
)

# Paths that no checkout has. Everything else in backticks that looks like a path must exist.
ELSEWHERE = (
    # what `make contracts`, `make package` and a deployment write
    r"build/.*",
    r"(contracts|functions|lake)\.(json|zip)",
    r"terraform/backend\.tf",
    r"environments/mine\.tfvars",
    r"deployments/.*",
    r"(\.venv|\.tools|\.local)(/.*)?",
    # what is deliberately not committed (ADR 0011, terraform/README.md)
    r"uv\.lock",
    r"\.terraform\.lock\.hcl",
    # keys in the buckets of a deployment
    r"(raw|curation|athena|glue)/.*",
    r"functions/functions\.zip",
    r"contracts/contracts\.json",
    # examples of what a reader writes, and files of the repository of Amazon's models
    r"(asked|out)\.json",
    r"rows\.parquet",
    r"DIR/index\.json",
    r"schemas/reports/\*\.json",
    # no files: elements of XML documents, abbreviated names of secrets, a module of pyarrow
    r"(\.\./)+AmazonOrderID",
    r"\.\.\./.*",
    r"pyarrow\.json",
)
SUFFIXES = r"\.(py|md|ya?ml|json|tf|toml|sql|lock|hcl|tfvars|tfbackend|zip|parquet)"
PATH = re.compile(rf"[\w.*-]+(/[\w.*-]+)*(/|{SUFFIXES})|[\w.*-]+(/[\w.*-]+)+")
TOP = "contracts|docs|functions|glue_jobs|local_cloud|operations|requirements|terraform|tests|tools"
IN_CODE = re.compile(rf"(?<![\w/.{{-])(?:{TOP})/[\w./*-]*[\w*]")


def parts(path: Path) -> tuple[str, str]:
    """A document's prose, and the content of its fenced blocks."""
    prose: list[str] = []
    code: list[str] = []
    fenced = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        else:
            (code if fenced else prose).append(line)
    return "\n".join(prose), "\n".join(code)


def named(path: Path) -> Iterator[str]:
    """The paths that a document names, in backticks or in fenced blocks."""
    prose, code = parts(path)
    for text in re.findall(r"`([^`]+)`", prose):
        if PATH.fullmatch(text) and not any(re.fullmatch(pattern, text) for pattern in ELSEWHERE):
            yield text
    for text in IN_CODE.findall(code):
        if not any(re.fullmatch(pattern, text) for pattern in ELSEWHERE):
            yield text


def exists(name: str, document: Path) -> bool:
    """Whether a file, or a folder with a file in it, has this path, seen from the root or from the document.

    What Python compiled does not count: it outlives the modules of a folder that was renamed.
    """
    for base in (ROOT, document.parent):
        for found in base.glob(name.rstrip("/")) if "*" in name else [base / name]:
            files = found.rglob("*") if found.is_dir() else [found]
            if any(file.is_file() and "__pycache__" not in file.parts for file in files):
                return True
    return False


def links(path: Path) -> list[str]:
    """Targets of a document's links, without those to other sites."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", parts(path)[0]) if "://" not in target]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    assert sorted({name for name in named(document) if not exists(name, document)}) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_something(document: Path) -> None:
    missing = []
    for link in links(document):
        target, _, anchor = link.partition("#")
        path = document.parent / target if target else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            missing.append(link)
    assert missing == []


def anchors(path: Path) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", parts(path)[0], re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = set()
    for document in DOCUMENTS:
        prose, code = parts(document)
        calls = [*re.findall(r"`make ([^`]+)`", prose), *re.findall(r"^make ([^#\n]+)", code, re.MULTILINE)]
        words = {word for call in calls for word in call.split() if "=" not in word}
        unknown |= {f"{document.relative_to(ROOT)}: make {word}" for word in words - targets}
    assert sorted(unknown) == []


def test_the_index_reaches_every_document() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs" / "README.md"]
    while waiting:
        document = waiting.pop().resolve()
        if document.suffix == ".md" and document not in reached:
            reached.add(document)
            waiting += [document.parent / link.partition("#")[0] for link in links(document)]
    outside = {path for path in DOCUMENTS if ".github" not in path.parts and "fixtures" not in path.parts} - reached
    assert sorted(str(path.relative_to(ROOT)) for path in outside) == []


def test_the_index_of_decisions_has_every_decision_with_its_title() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    decisions = sorted(path for path in (ROOT / "docs" / "adr").glob("*.md") if path.name != "README.md")
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in decisions]
    assert re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \|$", index, re.MULTILINE) == [
        (title[:4], path.name, title[5:]) for title, path in zip(titles, decisions, strict=True)
    ]


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path not in GENERATED], ids=lambda path: str(path.relative_to(ROOT))
)
def test_prose_has_at_most_120_characters_a_line(document: Path) -> None:
    prose, _ = parts(document)
    wide = [line for line in prose.splitlines() if len(line) > 120 and not line.lstrip().startswith(("|", "#"))]
    breakable = [re.sub(r"`[^`]*`|\[[^]]*\]\([^)]*\)", "", line).strip(" -*0123456789.") for line in wide]
    assert [line for line, rest in zip(wide, breakable, strict=True) if " " in rest] == []
