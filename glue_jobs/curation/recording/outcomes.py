"""The outcome of every document of a run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from curation.errors import RefusedError
from curation.judging.gate import broken_rules_message
from curation.manifest import DocumentRecord
from curation.publishing.change_set import ChangeSet
from curation.reading.summary import Reading
from curation.recording.accounts import TableCounts, table_counts

CURATED, SUPERSEDED, REFUSED, QUARANTINED = "curated", "superseded", "refused", "quarantined"


@dataclass
class Outcome:
    """The outcome of one document: curated, superseded, refused or quarantined, and its counts by table."""

    document: DocumentRecord
    outcome: str
    code: str | None = None
    message: str | None = None
    charset: str | None = None
    drift: Mapping[str, list[str]] = field(default_factory=dict)
    tables: dict[str, TableCounts] = field(default_factory=dict)


def refused(reading: Reading, refusal: RefusedError) -> Outcome:
    """Return the outcome of a document that could not be used."""
    # Of a large document some parts may have found a charset that others refute.
    charset = None if refusal.code == "CharsetUnknown" else reading.charset or None
    return Outcome(reading.document, REFUSED, refusal.code, refusal.message, charset, reading.drift)


def outcome_of(
    reading: Reading, changes: Sequence[ChangeSet], newest: Collection[str], broken: Sequence[str] | None
) -> Outcome:
    """Return the outcome of a document that could be read, with its counts in each table.

    `newest` names the documents that are the newest of their window; `broken` the critical rules that the document
    breaks, None where it was not stopped. Raises AccountingError when its records do not add up.
    """
    document = reading.document
    outcome = Outcome(document, CURATED, charset=reading.charset or None, drift=reading.drift)
    stopped = broken is not None
    for change in changes:
        counts = reading.counts[change.table.name]
        outcome.tables[change.table.name] = table_counts(document.name, counts, change, stopped=stopped)
    if broken is not None:
        outcome.outcome, outcome.code = QUARANTINED, "RuleBroken"
        outcome.message = broken_rules_message(broken)
    elif _was_superseded(outcome, changes, newest):
        outcome.outcome = SUPERSEDED
        outcome.message = (
            f"superseded by {document.superseded_by}"
            if document.superseded_by
            else "a newer document covers the same window or units"
        )
    return outcome


def _was_superseded(outcome: Outcome, changes: Sequence[ChangeSet], newest: Collection[str]) -> bool:
    if all(change.table.unit == "window" for change in changes) and outcome.document.name not in newest:
        return True
    published = sum(counts.published for counts in outcome.tables.values())
    return not published and any(counts.superseded for counts in outcome.tables.values())
