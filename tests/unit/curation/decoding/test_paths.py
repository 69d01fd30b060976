"""What selections compare and what drift names, in JSON and XML."""

import pytest
from curation.decoding.paths import TEXT, known_fields, parse_path, text_of, unknown_fields


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("x", "x"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1, "1"),
        (1.5, "1.5"),
        ({TEXT: "x", "@unit": "kg"}, "x"),
        ({"@unit": "kg"}, None),
        ({TEXT: True}, "true"),
    ],
)
def test_a_value_is_text_as_selections_compare_it(value, text):
    assert text_of(value) == text


ROWS = """{"rows": [
    {"id": 1}, {"id": 2, "v": null}, {"id": 3, "v": ""}, {"id": 4, "v": true}, {"id": 5, "v": false}, {"id": 6, "v": 0}
]}"""


@pytest.mark.parametrize(
    ("test", "keep", "ids"),
    [
        ("present", True, [4, 5, 6]),
        ("present", False, [1, 2, 3]),
        ("empty", True, [1, 2, 3]),
        ("true", True, [4]),
        ("false", False, [1, 2, 3, 4, 6]),
        ("0", True, [6]),
    ],
)
def test_records_of_json_are_selected_by_a_value_that_is_missing_or_a_boolean(nested, test, keep, ids):
    table = {"where": [{"name": "r", "column": "v", "is": test, "keep": keep}]}
    result = nested(ROWS, ("id", "int"), table=table)
    assert result.column("id") == ids
    assert result.excluded == {"r": 6 - len(ids)}


def test_records_of_xml_are_selected_by_an_element_that_is_missing(nested):
    content = "<root><row><id>1</id></row><row><id>2</id><v>x</v></row><row><id>3</id><v/></row></root>"
    table = {"records": "root.row", "where": [{"name": "r", "column": "v", "is": "present", "keep": True}]}
    result = nested(content, ("id", "int"), document={"format": "xml"}, table=table)
    assert result.column("id") == [2]
    assert result.excluded == {"r": 2}


def test_an_attribute_that_no_column_reads_is_no_drift(nested):
    content = '<root><row kind="k"><id>1</id><price currency="EUR">5</price><new>x</new></row></root>'
    result = nested(content, ("id", "int"), ("price", "int"), document={"format": "xml"}, table={"records": "root.row"})
    assert result.column("price") == [5]
    assert result.decoder.unknown == {"root.row.new"}
    assert unknown_fields([{TEXT: "x", "@a": "y", "b": 1}], known_fields([])) == {"b"}


def test_drift_is_named_by_its_way_and_nothing_below_what_is_known_as_a_whole():
    known = known_fields([("a", "b"), ("c",)])
    records = [{"a": [{"b": 1}, {"x": 2}], "c": {"y": 3}}, {"a": {"z": 4}, "\ud800": 5}, "no object"]
    assert unknown_fields(records, known, "rows.") == {"rows.a.x", "rows.a.z", "rows.?"}


@pytest.mark.parametrize(
    ("path", "record", "found"),
    [
        ("a.b", {"a": {"b": 1}}, 1),
        ("a.b", {"a": [{"b": 1}]}, 1),
        ("a.b", {"a": "x"}, None),
        ("a.b", {}, None),
        ("a@unit", {"a": {TEXT: "5", "@unit": "kg"}}, "kg"),
        ("a@unit", {"a": "5"}, None),
        ("a", {"a": {TEXT: "5", "@unit": "kg"}}, "5"),
        ("../a", {"a": 1}, 1),
    ],
)
def test_a_path_leads_to_a_value_or_nothing(path, record, found):
    assert parse_path(path).find(record) == found


def test_a_path_over_a_repeated_name_is_refused():
    with pytest.raises(ValueError, match="is repeated"):
        parse_path("a.b").find({"a": [{"b": 1}, {"b": 2}]})
