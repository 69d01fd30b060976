"""Adding a report is one file: documents of a contract that no code knows are curated into its tables.

The documents are what the functions fetched. The statements that write are compared with a golden file. What comes
before: tests/contract/test_unseen_report.py.
"""

import inspect
import re
from decimal import Decimal

from curation.publishing import bounds
from pyspark.sql import SparkSession

from operations.contracts import bundle
from tests import golden


def curated(lake, functions, documents):
    """Run the job on the documents of a manifest, with their content as it lies in the raw store."""
    local = []
    for document in documents:
        path = lake.folder / document["report_id"]
        path.write_bytes(functions.raw.objects[document["key"]])
        local.append(document | {"bucket": "", "key": str(path)})
    return lake.run(*local)


def written(statements, lake):
    """Return the statements that write rows of the invented report, without what differs from run to run."""
    for statement in statements:
        text = inspect.cleandoc(statement).replace(lake.settings.curated_database, "curated")
        if re.match(r"(INSERT|MERGE) INTO lake\.curated\.", text):
            yield text + ";\n"


def test_its_documents_become_its_tables(lake, tmp_path, monkeypatch):
    loaded = bundle.load(golden.with_the_invented_report(tmp_path))
    lake.sources.update(loaded["sources"])
    monkeypatch.setattr(bounds, "MOST_SEARCHED", 0)  # as in a large table, so that the statements have bounds
    statements, sql = [], SparkSession.sql
    monkeypatch.setattr(
        SparkSession, "sql", lambda session, query, *more: (statements.append(query), sql(session, query, *more))[1]
    )
    runs = golden.collected(
        loaded["sources"][golden.SOURCE]["request"], golden.DOCUMENT.read_bytes(), golden.RESTATED.read_bytes()
    )

    functions, documents = next(runs)
    first = curated(lake, functions, documents)
    assert lake.rows("weighing_days", "carrier", "parcels", "CAST(weighed_on AS STRING)") == [
        ("Eilpost", 2, "2026-11-21"),
        ("Läufer & Söhne", None, "2026-11-21"),
    ]
    assert lake.rows("weighed_parcels", "parcel_id", "recipient", "weight_kg", "postage") == [
        ("P1", "Jörg Müller", 1.25, Decimal("1204.9000")),
        ("P2", None, 0.5, Decimal("4.2000")),
    ]
    assert lake.rows("weighed_parcel_surcharges", "parcel_id", "surcharge_code", "surcharge") == [
        ("P1", "BULKY", Decimal("3.0000")),
        ("P1", "BULKY", Decimal("3.0000")),
        ("P2", "ISLAND", Decimal("9.9000")),
    ]
    assert [(bad["table_name"], bad["line"], bad["column_name"]) for bad in lake.operations("quarantine")] == [
        ("weighed_parcels", 7, "weight_kg")
    ]

    functions, documents = next(runs)
    second = curated(lake, functions, documents)
    assert lake.rows("weighing_days", "carrier", "parcels") == [("Eilpost", 3)]
    assert lake.rows("weighed_parcels", "parcel_id", "weight_kg") == [("P1", 1.5), ("P2", 0.5)]
    # Restated without surcharges, P1 has none any more.
    assert lake.rows("weighed_parcel_surcharges", "parcel_id", "surcharge_code") == [("P2", "ISLAND")]
    assert [document["outcome"] for run in (first, second) for document in run["documents"]] == ["curated", "curated"]
    failed = {(row["rule"], row["severity"]) for row in lake.operations("quality_results") if not row["success"]}
    assert failed == {("parcels_are_listed", "warning"), ("about_as_many_rows_as_last_time", "warning")}
    golden.compare("publishing.sql", "\n".join(written(statements, lake)))
