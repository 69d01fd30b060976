"""Outcomes and accounts: every record of a document is counted once, or the run stops."""

import pytest
from curation.contracts.model import Table
from curation.errors import AccountingError, RefusedError
from curation.manifest import parse_document
from curation.publishing.change_set import PUT, SAME, SUPERSEDED, ChangeSet
from curation.reading.summary import Counts, Reading
from curation.recording.accounts import TableCounts, table_counts
from curation.recording.outcomes import outcome_of, refused

from tests.document_record import document_record


def changes(unit="window", **counts):
    table = Table("t", "d", unit, ())
    return ChangeSet(table, "lake.c.t", "view", None, "true", counts={"a/1": counts} if counts else {})


def reading(**more):
    counts = Counts(records=10, conformed=7, quarantined=2, excluded=1)
    return Reading(parse_document(document_record(**more)), {"t": counts}, charset="utf-8 (strict)", unknown={"x"})


def test_every_record_is_counted_once():
    counts = reading().counts["t"]
    found = table_counts("a/1", counts, changes(**{PUT: 3, SAME: 2, SUPERSEDED: 2}), stopped=False)
    assert found == TableCounts(records=10, published=5, superseded=2, quarantined=2, excluded=1)


def test_a_stopped_document_is_in_quarantine_with_all_its_rows():
    found = table_counts("a/1", reading().counts["t"], changes(), stopped=True)
    assert found == TableCounts(records=10, published=0, superseded=0, quarantined=9, excluded=1)


def test_records_that_do_not_add_up_stop_the_run():
    with pytest.raises(AccountingError, match="a/1, table t: 10 records are not the sum of"):
        table_counts("a/1", reading().counts["t"], changes(**{PUT: 6}), stopped=False)


def test_a_document_is_curated_with_its_drift_and_its_charset():
    outcome = outcome_of(reading(), [changes(**{PUT: 7})], {"a/1"}, None)
    assert (outcome.outcome, outcome.code, outcome.message) == ("curated", None, None)
    assert (outcome.charset, outcome.drift) == ("utf-8 (strict)", {"unknown": ["x"]})


@pytest.mark.parametrize(
    ("announced", "message"), [(None, "a newer document covers the same window or units"), ("a/2", "superseded by a/2")]
)
def test_a_document_that_is_not_the_newest_of_its_window_is_superseded(announced, message):
    outcome = outcome_of(reading(superseded_by=announced), [changes(**{SUPERSEDED: 7})], set(), None)
    assert (outcome.outcome, outcome.message) == ("superseded", message)


def test_a_document_whose_units_are_all_superseded_is_superseded():
    outcome = outcome_of(reading(), [changes(unit=("id",), **{SUPERSEDED: 7})], {"a/1"}, None)
    assert outcome.outcome == "superseded"


def test_a_document_with_a_row_in_its_tables_is_curated():
    outcome = outcome_of(reading(), [changes(unit=("id",), **{PUT: 1, SUPERSEDED: 6})], set(), None)
    assert outcome.outcome == "curated"


def test_broken_rules_are_named_once_each():
    outcome = outcome_of(reading(), [changes()], {"a/1"}, ["t.b", "t.a", "t.b"])
    assert (outcome.outcome, outcome.code) == ("quarantined", "RuleBroken")
    assert outcome.message == "critical rules are broken: t.a, t.b"


def test_a_refused_document_keeps_its_charset_unless_that_is_why():
    assert refused(reading(), RefusedError("NoRows", "m")).charset == "utf-8 (strict)"
    assert refused(reading(), RefusedError("CharsetUnknown", "m")).charset is None
