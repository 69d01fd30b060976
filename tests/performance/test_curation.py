"""A whole curation run of a large batch: rows a second, and what the gate takes of it."""

import pytest
from curation.publishing import commits
from curation.reading.batch import DocumentReader
from curation.run import CurationRun
from curation.source_run import SourceRun

from tests.performance.documents import order_file
from tests.performance.measuring import Spent, show, spent_by
from tests.spark.conftest import Lake

DOCUMENTS, ROWS = 4, 250_000
STEPS = {
    "prepare the tables": (CurationRun, "_prepare_tables"),
    "read, decode and cast": (DocumentReader, "read"),
    "find what changes": (SourceRun, "_changes"),
    "judge (the gate)": (SourceRun, "_judged"),
    "publish": (commits, "merge"),
    "record": (CurationRun, "_record"),
}


@pytest.fixture
def lake(session, tmp_path):
    lake = Lake(session(2), tmp_path, 1)
    lake.add_report("all_orders")
    return lake


def document(lake, number, rows, first_order, report_time="2026-11-09T00:00:00Z"):
    day = f"2026-11-{number:02}"
    told = {"window": day, "window_start": day, "window_end": day, "report_time": report_time, "charset": "Cp1252"}
    return lake.document(
        order_file(rows, first_order=first_order, day=day), source="all_orders", report_id=f"{number}", **told
    )


def test_curation(lake, monkeypatch):
    lake.run(document(lake, 9, 20_000, 90_000_000))  # the JVM compiles what is run often
    batch = [document(lake, number, ROWS, number * ROWS) for number in range(1, DOCUMENTS + 1)]
    steps: dict[str, Spent] = {}
    for name, (where, function) in STEPS.items():
        monkeypatch.setattr(where, function, measured(steps, name, getattr(where, function)))
    whole = spent_by(lambda: lake.run(*batch))
    rows = DOCUMENTS * ROWS
    assert lake.spark.table(f"lake.{lake.settings.curated_database}.orders").count() == rows + 20_000
    show(
        f"Curation of {rows:,} order rows in {DOCUMENTS} documents, two cores",
        ("step", "s", "processor s", "% of the time", "aim"),
        [
            *(
                (name, one.clock, one.processor, 100 * one.clock / whole.clock, "< 25" if "gate" in name else "")
                for name, one in steps.items()
            ),
            ("all", whole.clock, whole.processor, 100.0, ""),
            ("rows a second", rows / whole.clock, rows / whole.processor, "", ""),
        ],
    )


def measured(steps, name, function):
    def run(*arguments, **named):
        answer = []
        spent = spent_by(lambda: answer.append(function(*arguments, **named)))
        before = steps.get(name, Spent(0.0, 0.0))
        steps[name] = Spent(before.clock + spent.clock, before.processor + spent.processor)
        return answer[0]

    return run
