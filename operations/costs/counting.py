"""Calls per report and per curation run, counted in the record of IAM's verdicts that the local cloud keeps."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.errors import OperationsError

FILE = Path(__file__).with_name("counted_calls.yaml")

OF_REPORTS = {
    "authorize",
    "check-report",
    "events.amazonaws.com",
    "fetch-document",
    "receive-notification",
    "report-machine",
    "request-report",
}
OF_RUNS = {"curate-job", "curation-machine", "finish-curation", "start-curation"}
BY_DOCUMENT = {"dispatch-reports", "finish-curation", "start-curation"}
"""Roles that write the ledger once for each report, although they are called for several at once."""
METERS = {
    "dynamodb:GetItem": "reads",
    "dynamodb:PutItem": "writes",
    "dynamodb:UpdateItem": "writes",
    "glue:CreateTable": "catalogue_requests",
    "glue:GetTable": "catalogue_requests",
    "glue:UpdateTable": "catalogue_requests",
    "lambda:InvokeFunction": "invocations",
    "logs:PutLogEvents": "log_writes",
    "s3:GetObject": "s3_gets",
    "s3:PutObject": "s3_puts",
    "secretsmanager:GetSecretValue": "secret_requests",
    "secretsmanager:PutSecretValue": "secret_requests",
    "sqs:DeleteMessage": "sqs_requests",
    "sqs:SendMessage": "sqs_requests",
}


@dataclass(frozen=True)
class Counted:
    """How many calls of each kind one report and one curation run make on the average."""

    reports: int
    runs: int
    per_report: Mapping[str, float]
    per_run: Mapping[str, float]


def count(file: Path) -> Counted:
    """Count in the record of a local cloud, in whose life reports were requested and curated."""
    if not file.is_file():
        raise OperationsError(f"there is no {file}: run `make demo`, and count in its record of IAM's verdicts")
    of_reports, of_runs = Counter[str](), Counter[str]()
    reports = runs = 0
    for role, action, context, calls in _rows(file):
        reports += calls if (role, action) == ("dispatch-reports", "states:StartExecution") else 0
        runs += calls if (role, action) == ("curation-machine", "glue:StartJobRun") else 0
        meter = _meter(action, context)
        if meter and _is_of_report(role, action):
            of_reports[meter] += calls
        elif meter and role in OF_RUNS:
            of_runs[meter] += calls
    if not (reports and runs):
        raise OperationsError(f"{file} has {reports} reports and {runs} curation runs: let `make demo` finish first")
    return Counted(reports, runs, _shares(of_reports, reports), _shares(of_runs, runs))


def read(file: Path = FILE) -> Counted:
    """The numbers that were counted last."""
    return Counted(**yaml.safe_load(file.read_text(encoding="utf-8")))


def write(counted: Counted, file: Path = FILE) -> None:
    """Keep what was counted."""
    head = "# Written by `python -m operations.costs --count RECORD`, RECORD of `make demo REPORTS=main`.\n"
    content = {
        "reports": counted.reports,
        "runs": counted.runs,
        "per_report": dict(counted.per_report),
        "per_run": dict(counted.per_run),
    }
    file.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _is_of_report(role: str, action: str) -> bool:
    return role in OF_REPORTS or (role in BY_DOCUMENT and METERS.get(action) in ("reads", "writes"))


def _meter(action: str, context: str) -> str | None:
    if action.startswith("kms:"):
        # DynamoDB caches a table's key for five minutes, and the configuration is a model of its own (workload.py);
        # Lambda decrypts its environment when it starts one, which is as good as never.
        ours = not any(word in context for word in ("aws:dynamodb", "PARAMETER_ARN", "aws:lambda"))
        return "kms_requests" if ours else None
    return METERS.get(action)


def _rows(file: Path) -> Iterator[tuple[str, str, str, int]]:
    record = json.loads(file.read_text(encoding="utf-8"))
    for row in (dict(zip(record["fields"], values, strict=True)) for values in record["rows"]):
        if row["decision"] == "Allow":
            yield _short(str(row["principal"])), row["action"], _text(row["context"]), int(row["count"])


def _short(principal: str) -> str:
    """The name of a role without the prefix of the lake and, if it has one, the region."""
    name = principal.removeprefix("role/").rsplit("/", 1)[-1]
    return next((known for known in sorted(OF_REPORTS | OF_RUNS | BY_DOCUMENT) if f"-{known}" in f"-{name}"), name)


def _text(context: Any) -> str:
    return context if isinstance(context, str) else json.dumps(context)


def _shares(counts: Mapping[str, int], of: int) -> dict[str, float]:
    return {meter: round(counts[meter] / of, 2) for meter in sorted(counts)}
