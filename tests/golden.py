"""An invented report that no code knows, and the golden files of what is derived from its contract."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingestion.configuration.accounts import Enablement

from tests.unit.fakes.lake import FakeLake

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "tests" / "fixtures" / "golden" / "parcel_weighings"
SOURCE = FOLDER.name
DOCUMENT, RESTATED = FOLDER / "document.tsv", FOLDER / "restated.tsv"
WRITE = "WRITE_GOLDEN_FILES"


def with_the_invented_report(folder: Path) -> Path:
    """Return a copy of the product's contracts in which the invented report is one file more."""
    contracts = Path(shutil.copytree(ROOT / "contracts", folder / "contracts"))
    shutil.copy(FOLDER / "contract.yaml", contracts / "reports" / f"{SOURCE}.yaml")
    return contracts


def compare(name: str, text: str) -> None:
    """Compare a text with a golden file; `make golden` sets the environment variable by which it is written instead."""
    file = FOLDER / name
    if os.environ.get(WRITE):
        file.write_text(text, encoding="utf-8")
    wanted = file.read_text(encoding="utf-8") if file.is_file() else ""
    assert text == wanted, (
        f"{file.relative_to(ROOT)} is not what is derived from the contract now. "
        "If this is meant, run make golden and commit it."
    )


def collected(request: Mapping[str, Any], *contents: bytes) -> Iterator[tuple[FakeLake, list[dict[str, Any]]]]:
    """Yield the documents of each curation run, as its manifest names them.

    The functions plan the windows of the request, ask for their reports and fetch them. The second content answers the
    first restatement of the same window, and so on. A run is ended, as curated, when the next one is wanted.
    """
    lake = FakeLake(contracts={SOURCE: request})
    lake.configuration.switched_on[:] = [Enablement(lake.account.name, SOURCE, ("daily",))]
    for content in contents:
        while not any(attempt.window.key == "2026-11-21" and not attempt.closed for attempt in lake.attempts()):
            lake.clock.forward(minutes=15)  # the limit of the report type: one question at a time
            lake.dispatching.tick()
        lake.collect(lake.in_flight("2026-11-21"), content)
        run_id = lake.claiming.start()
        assert run_id is not None
        yield lake, lake.manifest(run_id)["documents"]
        lake.end_run(run_id)
        lake.clock.forward(days=2)
