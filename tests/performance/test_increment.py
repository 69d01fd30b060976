"""The cost of a day's increment must not grow with the table: some months are compared with ten times as many."""

import itertools

from tests.performance.documents import order_file
from tests.performance.measuring import in_turns, show
from tests.spark.conftest import Lake

ROWS_A_MONTH, ROWS_A_DAY = 30_000, 3_000
SHORT, LONG = 1, 10
RUNS = 3


def test_a_days_increment(session, tmp_path):
    spark = session(2)
    lakes = {}
    for months in (SHORT, LONG):
        folder = tmp_path / str(months)
        folder.mkdir()
        lakes[months] = Lake(spark, folder, months)
        lakes[months].add_report("all_orders")
        # The latest month is the same in both; the longer table has the months before as well.
        lakes[months].run(
            *[
                document(lakes[months], f"month-{month}", month_before(month), ROWS_A_MONTH, month * 1_000_000)
                for month in range(months)
            ]
        )
    numbers = itertools.count()

    def increment(lake):
        # Half of a day's orders are new, half restate orders of the latest month.
        number = next(numbers)
        new = document(
            lake,
            f"new-{number}",
            "2026-10-28",
            ROWS_A_DAY // 2,
            50_000_000 + number * 10_000,
            f"2026-11-02T00:{number:02}:00Z",
        )
        restated = document(
            lake, f"restated-{number}", "2026-10-01", ROWS_A_DAY // 2, 0, f"2026-11-02T00:{number:02}:30Z"
        )
        return lambda: lake.run(new, restated)

    spent = {months: [] for months in lakes}
    for _ in range(RUNS):
        for months, lake in lakes.items():
            spent[months].append(in_turns({"run": increment(lake)}, runs=1)["run"])
    clock = {months: min(one.clock for one in spent[months][1:]) for months in lakes}
    processor = {months: min(one.processor for one in spent[months][1:]) for months in lakes}
    show(
        f"A day's increment of {ROWS_A_DAY:,} rows, two cores",
        ("rows in the table", "s", "processor s", "times the processor time", "aim"),
        [
            (
                f"{months * ROWS_A_MONTH:,}",
                clock[months],
                processor[months],
                processor[months] / processor[SHORT],
                "" if months == SHORT else "1.3",
            )
            for months in lakes
        ],
    )


def month_before(month):
    return f"2026-{10 - month:02}-01"


def document(lake, report_id, day, rows, first_order, report_time="2026-11-01T00:00:00Z"):
    told = {
        "window": f"{day}/{report_id}",
        "window_start": day,
        "window_end": day,
        "report_time": report_time,
        "charset": "Cp1252",
    }
    return lake.document(
        order_file(rows, first_order=first_order, day=day), source="all_orders", report_id=report_id, **told
    )
