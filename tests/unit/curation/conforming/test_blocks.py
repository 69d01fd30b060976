"""Rows of flat files seen through a table's columns: unknown headers, texts that mean no value, selected rows."""

A = ("a", "string")


def other_columns(result):
    return [dict(one or ()) for one in result.column("other_columns")]


def test_values_under_unknown_headers_stay_with_their_row(flat):
    result = flat("a\tx\ty\n1\tx1\ty1\n2\t\ty2\n3\tx3\t\n4\t\t\n5\tx5\ty5\n", A)
    assert result.column("a") == ["1", "2", "3", "4", "5"]
    assert other_columns(result) == [{"x": "x1", "y": "y1"}, {"y": "y2"}, {"x": "x3"}, {}, {"x": "x5", "y": "y5"}]


def test_texts_that_mean_no_value_are_none_under_unknown_headers_too(flat):
    document = {"null_values": ["--", "n/a"]}
    first = {"name": "first", "from": "$first_row.z", "type": "string"}
    result = flat("a\tx\ty\tz\n--\tn/a\ty1\tn/a\n2\tx2\t--\tz2\n", A, first, document=document)
    assert result.column("a") == [None, "2"]
    assert result.column("first") == [None, None]
    assert other_columns(result) == [{"y": "y1"}, {"x": "x2"}]


def test_selected_rows_keep_their_lines_values_and_text(flat):
    table = {
        "where": [
            {"name": "one", "column": "kind", "is": "k", "keep": True},
            {"name": "two", "column": "b", "is": "empty", "keep": False},
        ]
    }
    content = "a\tkind\tb\tn\tu\n1\tk\tx\t1\tu1\n2\tl\tx\t2\tu2\n3\tk\t\t3\tu3\n4\tk\ty\tbad\tu4\n5\tk\tz\t5\tu5\n"
    line = {"name": "line", "from": "$row.number", "type": "bigint"}
    result = flat(content, A, ("n", "int"), line, table=table)
    assert result.excluded == {"one": 1, "two": 1}
    assert list(zip(result.column("a"), result.column("n"), result.column("line"), strict=True)) == [
        ("1", 1, 2),
        ("5", 5, 6),
    ]
    assert other_columns(result) == [{"u": "u1"}, {"u": "u5"}]
    assert [(bad.line, bad.column, bad.record) for bad in result.quarantined] == [(5, "n", "4\tk\ty\tbad\tu4")]


def test_a_selection_by_a_header_that_the_file_lacks_sees_no_value(flat):
    for test, ids in (("empty", ["1"]), ("present", [])):
        table = {"where": [{"name": "r", "column": "none", "is": test, "keep": True}]}
        assert flat("a\n1\n", A, table=table).column("a") == ids
