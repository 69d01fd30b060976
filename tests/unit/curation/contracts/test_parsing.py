"""What the job refuses in a contract that the schema of the contracts lets through."""

import pytest
from curation.contracts.model import Partition
from curation.contracts.parsing import parse_contract
from curation.errors import InvalidContractError


def contract(**table):
    column = {"name": "day", "from": "day", "type": "date", "description": "d"}
    table = {"description": "d", "unit": ["day"], "columns": [column], **table}
    return parse_contract({"source": "s", "document": {"format": "tsv"}, "tables": {"t": table}})


def test_partitions_are_columns_or_steps_of_time():
    (table,) = contract(partitioned_by=["months(day)", "day"]).tables
    assert table.partitions == (Partition("day", "months"), Partition("day", None))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"partitioned_by": ["weeks(day)"]},
            r"'weeks\(day\)' is neither a column nor years\(\), months\(\) or days\(\)",
        ),
        ({"key": ["nope"]}, "s: table t names columns it does not have: nope"),
        ({"version": "nope"}, "names columns it does not have: nope"),
        (
            {"partitioned_by": ["account_id", "observed_at"]},
            "is partitioned by observed_at, which is neither in its unit",
        ),
    ],
)
def test_a_contract_that_the_job_cannot_follow_is_refused(table, message):
    with pytest.raises(InvalidContractError, match=message):
        contract(**table)


def test_a_window_may_be_partitioned_by_any_column():
    (table,) = contract(unit="window", partitioned_by=["observed_at"]).tables
    assert table.partitions == (Partition("observed_at", None),)
