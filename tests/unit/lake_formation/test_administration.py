"""Who may grant, filter and tag: a case for each call of Lake Formation's API."""

import pytest

from local_cloud.emulator.lake_formation import InsufficientPermissionsError
from local_cloud.emulator.lake_formation.access import Governance, Grant
from local_cloud.emulator.lake_formation.administration import refuse_unless_allowed

CALLER, ADMINISTRATOR = "arn:aws:iam::123456789012:role/caller", "arn:aws:iam::123456789012:role/administrator"
ORDERS = {"Table": {"DatabaseName": "curated", "Name": "orders"}}
COLUMNS = {"TableWithColumns": {**ORDERS["Table"], "ColumnNames": ["email"]}}
FILTER = {"DatabaseName": "curated", "TableName": "orders", "Name": "mine"}
TAG = {"TagKey": "sensitivity", "TagValues": ["public"]}
MADE = Grant(CALLER, ORDERS, frozenset({"ALL"}), frozenset({"ALL"}))
ASSOCIATE = Grant(CALLER, {"LFTag": TAG}, frozenset({"ASSOCIATE"}), frozenset())
CASES = [
    ("GrantPermissions", {"Resource": ORDERS, "Permissions": ["SELECT"]}, [MADE]),
    ("GrantPermissions", {"Resource": ORDERS, "Permissions": ["ALL"], "PermissionsWithGrantOption": ["ALL"]}, [MADE]),
    ("GrantPermissions", {"Resource": COLUMNS, "Permissions": ["SELECT"]}, [MADE]),
    ("RevokePermissions", {"Resource": ORDERS, "Permissions": ["SELECT"]}, [MADE]),
    ("BatchGrantPermissions", {"Entries": [{"Resource": ORDERS, "Permissions": ["SELECT"]}]}, [MADE]),
    ("BatchRevokePermissions", {"Entries": [{"Resource": ORDERS, "Permissions": ["SELECT"]}]}, [MADE]),
    ("CreateDataCellsFilter", {"TableData": FILTER}, [MADE]),
    ("UpdateDataCellsFilter", {"TableData": FILTER}, [MADE]),
    ("DeleteDataCellsFilter", FILTER, [MADE]),
    ("AddLFTagsToResource", {"Resource": COLUMNS, "LFTags": [TAG]}, [MADE, ASSOCIATE]),
    ("RemoveLFTagsFromResource", {"Resource": ORDERS, "LFTags": [TAG]}, [MADE, ASSOCIATE]),
    ("CreateLFTag", TAG, [Grant(CALLER, {"Catalog": {}}, frozenset({"CREATE_LF_TAG"}), frozenset())]),
    ("UpdateLFTag", TAG, [Grant(CALLER, {"LFTag": TAG}, frozenset({"ALTER"}), frozenset())]),
    ("DeleteLFTag", TAG, [Grant(CALLER, {"LFTag": TAG}, frozenset({"DROP"}), frozenset())]),
]


@pytest.mark.parametrize(("operation", "members", "grants"), CASES)
def test_a_call_needs_each_of_these_grants(operation, members, grants):
    refuse_unless_allowed(Governance(tuple(grants)), CALLER, operation, members)
    for missing in grants:
        left = tuple(grant for grant in grants if grant is not missing)
        with pytest.raises(InsufficientPermissionsError):
            refuse_unless_allowed(Governance(left), CALLER, operation, members)


@pytest.mark.parametrize(("operation", "members", "grants"), CASES)
def test_administrators_need_none(operation, members, grants):
    refuse_unless_allowed(Governance(administrators=frozenset({ADMINISTRATOR})), ADMINISTRATOR, operation, members)


@pytest.mark.parametrize(
    ("operation", "members", "grants"),
    [
        ("GrantPermissions", {"Resource": ORDERS, "Permissions": ["SELECT", "DROP"]}, ["SELECT"]),
        ("GrantPermissions", {"Resource": ORDERS, "PermissionsWithGrantOption": ["DROP"]}, ["SELECT"]),
        ("GrantPermissions", {"Resource": ORDERS}, ["SELECT"]),
        ("BatchGrantPermissions", {"Entries": [{"Resource": ORDERS, "Permissions": ["DROP"]}]}, ["SELECT"]),
    ],
)
def test_the_grant_option_is_for_what_it_is_on(operation, members, grants):
    held = Grant(CALLER, ORDERS, frozenset({"ALL"}), frozenset(grants))
    with pytest.raises(InsufficientPermissionsError, match="with grant option on orders"):
        refuse_unless_allowed(Governance((held,)), CALLER, operation, members)


@pytest.mark.parametrize("operation", ["ListPermissions", "PutDataLakeSettings", "RegisterResource", "GetLFTag"])
def test_other_calls_are_left_to_iam(operation):
    refuse_unless_allowed(Governance(), CALLER, operation, {})
