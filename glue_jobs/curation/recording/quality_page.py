"""The quality page: one HTML page and one JSON file per run, below the Data Docs location."""

import html
import json
from collections.abc import Sequence
from datetime import datetime

from curation.judging.gate import Verdict
from curation.platform.stores import Store
from curation.recording.outcomes import Outcome

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;"
    "padding:0 1rem;color:#1b2733}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0 2rem}"
    "th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #dde3e8}"
    "th{font-weight:600}.passed{color:#1a7f37}.failed{color:#b42318;font-weight:600}"
    ".warning{color:#9a6700;font-weight:600}code{font-size:.9em}"
)


def write(
    store: Store,
    location: str,
    run_id: str,
    *,
    judged_at: datetime,
    verdicts: Sequence[Verdict],
    outcomes: Sequence[Outcome],
) -> str:
    """Write the page and the JSON of a run and return the page's URI. Samples in it are masked already (see gate)."""
    base = f"{location.rstrip('/')}/{run_id}"
    rows = [verdict.row(run_id, judged_at) for verdict in verdicts]
    store.write(
        f"{base}/results.json", json.dumps(rows, default=str, ensure_ascii=False, indent=1).encode(), "application/json"
    )
    page = _page(run_id, judged_at, verdicts, outcomes)
    store.write(f"{base}/index.html", page.encode(), "text/html; charset=utf-8")
    return f"{base}/index.html"


def _page(run_id: str, judged_at: datetime, verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> str:
    ordered = sorted(
        verdicts,
        key=lambda verdict: (verdict.success, verdict.rule.severity != "critical", verdict.table, verdict.rule.name),
    )
    rules = _table(
        ("Result", "Table", "Rule", "Expectation", "Column", "Severity", "Rows", "Documents", "Sample"),
        [
            (
                _result(verdict),
                verdict.table,
                verdict.rule.name,
                verdict.rule.expectation,
                verdict.rule.column or "",
                verdict.rule.severity,
                "" if verdict.unexpected_count is None else str(verdict.unexpected_count),
                ", ".join(verdict.failing_documents),
                verdict.sample or "",
            )
            for verdict in ordered
        ],
    )
    documents = _table(
        ("Document", "Source", "Window", "Outcome", "Reason"),
        [
            (
                one.document.name,
                one.document.source,
                one.document.window,
                one.outcome,
                " ".join(part for part in (one.code, one.message) if part),
            )
            for one in sorted(outcomes, key=lambda one: (one.outcome == "curated", one.document.name))
        ],
    )
    failed = sum(not verdict.success for verdict in verdicts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>Quality of run {html.escape(run_id)}</title>"
        f"<style>{_STYLE}</style></head><body>"
        f"<h1>Quality of run <code>{html.escape(run_id)}</code></h1>"
        f"<p>{judged_at:%Y-%m-%d %H:%M:%S} UTC: {len(verdicts)} rules, {failed} not satisfied; "
        f"{len(outcomes)} documents.</p><h2>Rules</h2>{rules}<h2>Documents</h2>{documents}</body></html>"
    )


def _result(verdict: Verdict) -> str:
    return "passed" if verdict.success else "failed" if verdict.rule.severity == "critical" else "warning"


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{cell}">{cell}</td>'
            if cell in {"passed", "failed", "warning"}
            else f"<td>{html.escape(cell)}</td>"
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
