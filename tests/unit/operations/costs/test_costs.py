"""What a lake costs: the model, its inputs, and the table in the README."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adapters import ledger_keys

from operations.costs import counting, model, report
from operations.costs.counting import Counted
from operations.costs.model import cost_by_service, usage
from operations.costs.prices import prices
from operations.costs.workload import Workload, days, requests_a_day, seller
from operations.documents import written
from operations.errors import OperationsError

ROOT = Path(__file__).resolve().parents[4]
COUNTED = Counted(
    reports=10,
    runs=2,
    per_report={"invocations": 5, "log_writes": 5, "reads": 20, "writes": 10, "s3_puts": 2, "kms_requests": 4},
    per_run={"log_writes": 4, "s3_gets": 100},
)


def test_the_readme_has_the_tables_that_the_command_writes() -> None:
    readme = (ROOT / "README.md").read_text()
    assert written(readme, report.BEGIN, report.END, report.section()) == readme, "run make costs"


def test_every_price_has_a_meter_and_every_meter_a_price() -> None:
    used = usage(Workload(accounts=1), COUNTED)
    assert {price.meter for price in prices()} == set(used)
    assert all(price.page.startswith("https://aws.amazon.com/") and price.price > 0 for price in prices())


def test_costs_are_quantities_times_prices() -> None:
    used = dict.fromkeys((price.meter for price in prices()), 0.0)
    costs = cost_by_service(used | {"glue_dpu_hours": 10, "catalogue_requests": 2_000_000, "keys": 3}, prices())
    assert costs["Glue"] == pytest.approx(4.4 + 2)
    assert costs["KMS"] == 3
    assert costs["Lambda"] == 0


def test_an_idle_lake_runs_nothing_but_its_schedules() -> None:
    used = usage(Workload(accounts=1, active=False), COUNTED)
    assert used["glue_dpu_hours"] == used["state_transitions"] == used["s3_gigabytes"] == 0
    assert used["scheduled_runs"] == used["lambda_requests"] == pytest.approx((1440 + 288 + 288 + 1) * 365 / 12)


def test_what_reports_make_grows_with_the_accounts_and_what_ticks_make_does_not() -> None:
    # As many runs a day either way: one an hour.
    one, ten = (usage(Workload(accounts=accounts, reports_a_day=24), COUNTED) for accounts in (1, 10))
    assert ten["state_transitions"] - one["state_transitions"] == pytest.approx(9 * 24 * 365 / 12 * (5 + 4))
    assert ten["scheduled_runs"] == one["scheduled_runs"]
    assert ten["s3_gigabytes"] == pytest.approx(10 * one["s3_gigabytes"])


@pytest.mark.parametrize(
    ("reports", "minimum", "minutes", "runs"),
    [
        (10, 100, 60, 10),  # a document is alone in its run
        (1000, 100, 60, 24),  # an hour collects forty
        (4800, 100, 60, 48),  # a hundred documents come twice an hour
        (4800, 100, 1440, 48),
        (10, 1, 0, 10),
        (0, 100, 60, 0),
    ],
)
def test_runs_start_by_number_or_by_time(reports: float, minimum: int, minutes: int, runs: float) -> None:
    workload = Workload(
        accounts=1, reports_a_day=reports, curation_minimum_documents=minimum, curation_maximum_wait_minutes=minutes
    )
    assert workload.runs_a_day == pytest.approx(runs)


def test_an_index_spares_the_decryptions_of_what_did_not_change() -> None:
    workload = Workload(accounts=50, sources=60, contracts=23, active=False)
    everything = 50 * 61 + 23
    assert replace(workload, index=False).decryptions_a_day == (1440 + 288 + 1) * everything
    # Eight new environments a day and a change, of two schedules; the third runs once a day.
    assert workload.decryptions_a_day == (9 + 9 + 1) * everything


@pytest.mark.parametrize(("duration", "expected"), [("P1D", 1), ("P1W", 7), ("PT6H", 0.25), ("P1M", 365 / 12)])
def test_durations_of_contracts(duration: str, expected: float) -> None:
    assert days(duration) == expected


def test_a_duration_of_several_units_is_refused() -> None:
    with pytest.raises(OperationsError, match="P1DT2H is not one unit"):
        days("P1DT2H")


def test_requests_a_day_count_restatements_and_variants() -> None:
    window = {"grain": "week", "per_request": "P1W", "restatement_delays": ["P14D"]}
    assert requests_a_day({"window": window, "variants": {"a": {}, "b": {}}}) == pytest.approx(4 / 7)
    assert requests_a_day({"window": {"grain": "discovered"}, "variants": {"all": {}}}) == pytest.approx(1 / 14)


def test_the_account_of_the_table_is_one_of_the_contracts() -> None:
    sources, reports = seller()
    for_sellers = re.compile(r"^  accounts: \[.*seller", re.MULTILINE)
    files = (file.read_text() for file in (ROOT / "contracts" / "reports").glob("*.yaml"))
    assert sources == sum(bool(for_sellers.search(text)) for text in files)
    assert reports > sources / 2


def test_the_model_knows_the_ledgers_shards() -> None:
    assert model.SHARDS == ledger_keys.SHARDS


def test_the_model_knows_terraforms_defaults() -> None:
    text = (ROOT / "terraform" / "variables.tf").read_text()
    workload = Workload(accounts=1)
    numbers = dict(re.findall(r'variable "(curation_m\w+)" \{[^}]*?default += (\d+)', text))
    for name, default in numbers.items():
        assert getattr(workload, name) == int(default), name
    rates = dict(re.findall(r'(\w+) += optional\(string, "rate\(([^)]+)\)"\)', text))
    units = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86400, "days": 86400}
    assert {name: int(rate.split()[0]) * units[rate.split()[1]] for name, rate in rates.items()} == {
        name: getattr(workload, f"{name}_seconds") for name in ("dispatch", "discover", "sweep", "subscribe")
    }
    workers = re.search(r"number_of_workers += optional\(number, (\d+)\)", text)
    assert workers
    assert int(workers[1]) == workload.job_workers


def record(folder: Path, *rows: tuple[str, str, str, int], decision: str = "Allow") -> Path:
    fields = ["principal", "action", "context", "decision", "count"]
    content = {"fields": fields, "rows": [[who, what, how, decision, n] for who, what, how, n in rows]}
    (folder / "permissions.json").write_text(json.dumps(content))
    return folder / "permissions.json"


STARTED: list[tuple[Any, ...]] = [
    ("role/lake-dispatch-reports", "states:StartExecution", "{}", 10),
    ("role/lake-curation-machine", "glue:StartJobRun", "{}", 2),
]


def test_calls_are_counted_per_report_and_per_run(tmp_path: Path) -> None:
    counted = counting.count(
        record(
            tmp_path,
            *STARTED,
            ("role/lake-fetch-document-eu-west-1", "s3:PutObject", "{}", 20),
            ("role/lake-fetch-document-eu-west-1", "kms:Decrypt", '{"EncryptionContext:SecretARN": 1}', 10),
            ("role/lake-fetch-document-eu-west-1", "kms:Decrypt", '{"EncryptionContext:aws:dynamodb:x": 1}', 99),
            ("role/lake-request-report", "kms:Decrypt", '{"EncryptionContext:PARAMETER_ARN": 1}', 99),
            ("role/lake-start-curation", "dynamodb:PutItem", "{}", 30),
            ("role/lake-start-curation", "sqs:DeleteMessage", "{}", 4),
            ("role/people/lake-curate-job", "s3:GetObject", "{}", 7),
            ("role/lake-sweep", "dynamodb:GetItem", "{}", 99),
        )
    )
    assert counted == Counted(
        10, 2, {"kms_requests": 1, "s3_puts": 2, "writes": 3}, {"s3_gets": 3.5, "sqs_requests": 2}
    )


def test_what_was_counted_is_read_again(tmp_path: Path) -> None:
    counting.write(COUNTED, tmp_path / "counted.yaml")
    assert counting.read(tmp_path / "counted.yaml") == COUNTED


def test_a_record_without_reports_or_no_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationsError, match="run `make demo`"):
        counting.count(tmp_path / "permissions.json")
    with pytest.raises(OperationsError, match="0 reports and 2 curation runs"):
        counting.count(record(tmp_path, STARTED[1]))
