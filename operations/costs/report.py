"""The tables of costs as Markdown, between markers in a document."""

from dataclasses import replace
from pathlib import Path

from operations.costs import counting
from operations.costs.counting import Counted
from operations.costs.model import cost_by_service, usage
from operations.costs.prices import prices
from operations.costs.workload import Workload, seller
from operations.documents import table, written

BEGIN, END = "<!-- costs: written by `make costs` -->", "<!-- end of costs -->"
ACCOUNTS = (1, 10, 50)
ALARMS = 24
"""Of one lake, as in Terraform's plan."""
METRICS = 30
"""Figures that the functions publish, each a custom metric: 7 of dispatch_reports, 3 of discover_reports, 4 of sweep, 1
of subscribe, 1 of request_report, 7 of fetch_document and 7 of finish_curation, as if published without a pause."""


def workloads() -> dict[str, Workload]:
    """The columns of the table: idle, then lakes by their number of accounts."""
    sources, reports = seller()
    one = Workload(accounts=1, sources=sources, reports_a_day=reports, alarms=ALARMS, metrics=METRICS)
    columns = {"idle": replace(one, active=False)}
    for accounts in ACCOUNTS:
        columns[f"{accounts} account{'s' if accounts > 1 else ''}"] = replace(one, accounts=accounts)
    return columns


def section(counted: Counted | None = None) -> str:
    """Costs by service, then the decryptions of the configuration, as Markdown."""
    known, columns, listed = counted or counting.read(), workloads(), prices()
    costs = [cost_by_service(usage(workload, known), listed) for workload in columns.values()]
    one = columns["1 account"]
    services = sorted(costs[-1], key=lambda service: -costs[-1][service])
    body = [[service, *(_dollars(cost[service]) for cost in costs)] for service in services]
    body.append(["**in all**", *(f"**{_dollars(sum(cost.values()))}**" for cost in costs)])
    decryptions = [
        [how, *(f"{replace(workload, index=index).decryptions_a_day:,.0f}" for workload in columns.values())]
        for how, index in (("all of it with each tick", False), ("an index with each tick", True))
    ]
    reports = [f"{workload.documents_a_day:,.0f}" for workload in columns.values()]
    runs = [f"{workload.runs_a_day:,.0f}" for workload in columns.values()]
    introduction = (
        f"US dollars a month in us-east-1. An account is a seller in one marketplace with all {one.sources} reports for"
        " sellers, whose\nhistory is loaded; idle is a lake whose one account has no credentials yet."
    )
    return "\n".join(
        (
            introduction,
            "",
            *table(["", *columns], [["reports a day", *reports], ["Glue runs a day", *runs], *body], numbers=True),
            "",
            "Decryptions a day of the configuration, by what is read:",
            "",
            *table(["", *columns], decryptions, numbers=True),
        )
    )


def write(file: Path) -> None:
    """Write the tables into a file that has the markers."""
    file.write_text(written(file.read_text(encoding="utf-8"), BEGIN, END, section()), encoding="utf-8")


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount < 10 else f"{amount:,.0f}"
