"""What the operations tables and results.json say of a document."""

import json
from datetime import UTC, datetime

from curation.errors import RefusedError
from curation.manifest import parse_document
from curation.reading.summary import Reading
from curation.recording.accounts import TableCounts
from curation.recording.operations_tables import document_rows
from curation.recording.outcomes import Outcome, refused
from curation.recording.results_file import results_json

DOCUMENT = parse_document(
    {
        "account": "northwind",
        "report_id": "7",
        "source": "orders",
        "request": "orders-0",
        "variant": "v",
        "report_type": "GET_T",
        "marketplace_id": "M",
        "window": "2026-11-01",
        "report_time": "2026-11-02T01:00:00+01:00",
        "stored_at": "2026-11-03T01:00:00+01:00",
        "key": "raw/7",
        "content_bytes": 5,
        "content_sha256": "abc",
    }
)
AT = datetime(2026, 11, 4, tzinfo=UTC)


def test_drift_is_what_is_unknown_and_what_is_missing():
    assert Reading(DOCUMENT, unknown={"b", "a"}, missing={"c"}).drift == {"unknown": ["a", "b"], "missing": ["c"]}
    assert Reading(DOCUMENT, missing={"c"}).drift == {"missing": ["c"]}
    assert Reading(DOCUMENT).drift == {}


def test_a_refused_document_tells_its_charset_where_one_was_found():
    reading = Reading(DOCUMENT, charset="utf-8 (strict)", unknown={"x"})
    outcome = refused(reading, RefusedError("NoRows", "the file is empty"))
    assert outcome == Outcome(
        DOCUMENT, "refused", "NoRows", "the file is empty", "utf-8 (strict)", {"unknown": ["x"]}, {}
    )
    assert refused(reading, RefusedError("CharsetUnknown", "m")).charset is None
    assert refused(Reading(DOCUMENT), RefusedError("NoRows", "m")).charset is None


def test_a_document_has_a_row_per_table_and_one_where_it_gave_none():
    outcome = Outcome(
        DOCUMENT,
        "curated",
        charset="utf-8 (strict)",
        drift={"unknown": ["é"]},
        tables={"orders": TableCounts(3, 1, 1, 1, 0), "items": TableCounts()},
    )
    common = {
        "account_id": "northwind",
        "report_id": "7",
        "source": "orders",
        "report_type": "GET_T",
        "marketplace_id": "M",
        "request_variant": "v",
        "request_window": "2026-11-01",
        "outcome": "curated",
        "code": None,
        "message": None,
        "charset": "utf-8 (strict)",
        "drift": '{"unknown": ["é"]}',
        "content_sha256": "abc",
        "content_bytes": 5,
        "object_key": "raw/7",
        "report_time": datetime(2026, 11, 2),  # noqa: DTZ001 - UTC without a zone, as in tables
        "stored_at": datetime(2026, 11, 3),  # noqa: DTZ001 - the same
        "curated_at": datetime(2026, 11, 4),  # noqa: DTZ001 - the same
        "run_id": "run-1",
    }
    counts = {"records": 3, "published": 1, "superseded": 1, "quarantined": 1, "excluded": 0}
    assert list(document_rows(outcome, "run-1", AT)) == [
        common | {"table_name": "orders"} | counts,
        common | {"table_name": "items"} | dict.fromkeys(counts, 0),
    ]
    whole = refused(Reading(DOCUMENT), RefusedError("NoRows", "m"))
    (row,) = document_rows(whole, "run-1", AT)
    assert row == common | {"outcome": "refused", "code": "NoRows", "message": "m", "charset": None, "drift": None}


def test_what_is_not_known_of_a_document_is_null():
    bare = parse_document(
        {key: value for key, value in vars(DOCUMENT).items() if key not in ("content_sha256", "stored_at")}
        | {"report_time": "2026-11-02T00:00:00"}
    )
    (row,) = document_rows(Outcome(bare, "curated"), "run-1", AT)
    assert (row["content_sha256"], row["stored_at"]) == (None, None)
    assert row["report_time"] == datetime(2026, 11, 2)  # noqa: DTZ001 - UTC without a zone, as in tables


def test_results_say_what_became_of_each_document():
    outcomes = [
        Outcome(DOCUMENT, "curated", tables={"orders": TableCounts(1, 1)}),
        Outcome(DOCUMENT, "quarantined", "RuleFailed", "orders.r"),
    ]
    finished = datetime(2026, 11, 4, 0, 5, tzinfo=UTC)
    results = results_json("run-1", outcomes, {"orders": 4}, {"passed": 2}, times=(AT, finished))
    who = {"account": "northwind", "report_id": "7", "source": "orders", "request": "orders-0"}
    counts = {"records": 1, "published": 1, "superseded": 0, "quarantined": 0, "excluded": 0}
    assert json.loads(json.dumps(results)) == {
        "run_id": "run-1",
        "documents": [
            who | {"outcome": "curated", "code": None, "message": None, "tables": {"orders": counts}},
            who | {"outcome": "quarantined", "code": "RuleFailed", "message": "orders.r", "tables": {}},
        ],
        "tables": {"orders": 4},
        "quality": {"passed": 2},
        "started_at": "2026-11-04T00:00:00+00:00",
        "finished_at": "2026-11-04T00:05:00+00:00",
    }
