"""From a workload to what each meter counts in a month, and what that costs."""

from collections.abc import Iterable, Mapping

from operations.costs.counting import Counted
from operations.costs.prices import Price
from operations.costs.workload import DAY_SECONDS, DAYS, Workload

SHARDS = 8
"""Queries of the index `due` by a run of dispatch_reports (functions/adapters/ledger_keys.py)."""
STATES_BESIDE_CALLS = 4
"""Of an execution of the report machine: two choices, its start and its end."""
STATES_OF_A_RUN = 5
"""Of an execution of the curation machine: its start, the job, what follows, its end."""


def usage(workload: Workload, counted: Counted) -> dict[str, float]:
    """What each meter counts in a month."""
    documents, runs = workload.documents_a_day * DAYS, workload.runs_a_day * DAYS
    ticks = workload.ticks_a_day * DAYS

    def calls(meter: str) -> float:
        return documents * counted.per_report.get(meter, 0) + runs * counted.per_run.get(meter, 0)

    invocations = ticks + calls("log_writes")
    dispatches = DAY_SECONDS / workload.dispatch_seconds * DAYS
    polls = 2 * workload.pollers * DAY_SECONDS / 20 * DAYS
    return {
        "state_transitions": documents * (counted.per_report.get("invocations", 0) + STATES_BESIDE_CALLS)
        + runs * STATES_OF_A_RUN,
        "lambda_requests": invocations,
        "lambda_gigabyte_seconds": invocations * workload.gigabyte_seconds_an_invocation,
        "glue_dpu_hours": runs * workload.job_minutes / 60 * workload.job_workers,
        "catalogue_requests": calls("catalogue_requests"),
        "keys": workload.keys,
        "kms_requests": calls("kms_requests") + workload.decryptions_a_day * DAYS,
        "secrets": 2 * (workload.applications + workload.accounts),
        "secret_requests": calls("secret_requests"),
        "write_units": calls("writes") * workload.write_units,
        "read_units": calls("reads") + dispatches * (SHARDS + 2 * workload.accounts) + (ticks - dispatches) * 4,
        "s3_puts": calls("s3_puts"),
        "s3_gets": calls("s3_gets"),
        "s3_gigabytes": documents * workload.months_kept * workload.megabytes_a_document / 1000,
        "sqs_requests": polls + calls("sqs_requests"),
        "events": documents * counted.per_report.get("s3_puts", 0),
        "scheduled_runs": ticks,
        "alarms": workload.alarms,
        "metrics": workload.metrics,
        "log_gigabytes": invocations * workload.log_kilobytes_an_invocation / 1e6,
    }


def cost_by_service(used: Mapping[str, float], prices: Iterable[Price]) -> dict[str, float]:
    """Dollars a month by service, in the order of the prices."""
    costs: dict[str, float] = {}
    for price in prices:
        costs[price.service] = costs.get(price.service, 0.0) + price.of(used[price.meter])
    return costs
