"""The report of a trial, as one JSON object."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from curation.judging import gate

from trial.document_trial import Trial


def report(trial: Trial) -> dict[str, Any]:
    """Return what the lake would make of the document, as one JSON object.

    The object: document {rows, published, quarantined, charset, refused}, tables {name: rows}, quarantine [{line,
    column, reason, row}], drift {unknown, missing}, quality [{table, rule, severity, success}]. Decimals are texts,
    dates and instants are in ISO form; lines are counted from 1, the header included.
    """
    refused = {"code": trial.refusal.code, "message": trial.refusal.message} if trial.refusal else None
    if trial.judgement.stopped:
        broken = {rule for rules in trial.judgement.stopped.values() for rule in rules}
        refused = {"code": "RuleBroken", "message": gate.broken_rules_message(broken)}
    quarantine = [
        {"line": one.line, "column": one.column, "reason": one.reason, "row": one.record}
        for _, given in trial.conformed
        for one in given.quarantined
    ]
    rows = {name: [_plain_row(row) for row in table.to_pylist()] for name, table in trial.tables.items()}
    published = 0 if refused else sum(map(len, rows.values()))
    return {
        "document": {
            "rows": trial.rows,
            "published": published,
            "quarantined": len(quarantine),
            "charset": trial.charset or None,
            "refused": refused,
        },
        "tables": rows,
        "quarantine": quarantine,
        "drift": trial.drift,
        "quality": [
            {"table": one.table, "rule": one.rule.name, "severity": one.rule.severity, "success": one.success}
            for one in gate.merged(trial.judgement.verdicts)
        ],
    }


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):  # a map, as Arrow gives it
        return dict(value)
    return value
