"""The report of used and unused grants as a document."""

from local_cloud.grants import Grant
from local_cloud.permission_document import report


def test_roles_have_a_row_with_what_they_did_not_use() -> None:
    found = [
        Grant("lake-sweep", "Keep", "action", "dynamodb:GetItem", 3),
        Grant("lake-sweep", "Keep", "action", "dynamodb:Query", 0),
        Grant("lake-sweep", "Keep", "action", "dynamodb:PutItem", 0),
        Grant("lake-analyst", "Browse", "action", "athena:GetDatabase", 1),
    ]
    assert report(found).splitlines()[2:] == [
        "| `lake-analyst` | 1 of 1 |  |",
        "| `lake-sweep` | 1 of 3 | Keep: `dynamodb:Query`, `dynamodb:PutItem` |",
    ]
