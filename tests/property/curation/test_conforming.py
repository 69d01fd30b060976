"""Values are exact to their last digit, and the fast path reads like the slow one."""

import io
import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
from curation.conforming.casting import CannotCastError, cast_text, exact_decimals
from curation.conforming.record_rows import RecordRows
from curation.conforming.values import json_text, parse_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column, Table
from curation.contracts.parsing import parse_contract
from curation.decoding.paths import parse_path
from curation.decoding.record_tree import Chunk, Tree
from curation.manifest import parse_document
from curation.reading.document import DocumentDecoder
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.document_record import document_record


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10),
        ),
        min_size=1,
    )
)
def test_decimals_of_fifteen_digits_survive_as_doubles(values):
    """Numbers of up to 15 digits come back exactly, although JSON numbers are parsed to doubles on the way."""
    doubles = [None if value is None else json.loads(str(value)) for value in values]
    cast = exact_decimals(pa.array(doubles, pa.float64()), 18, 4)
    assert cast.to_pylist() == values


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_cast_exactly_or_not_at_all(value):
    try:
        cast = exact_decimals(pa.array([value]), 18, 4)[0].as_py()
    except CannotCastError:
        return
    assert cast == Decimal(repr(value))


@settings(deadline=None)
@given(st.lists(st.integers(-(10**20), 10**20), min_size=1, max_size=5), st.integers(0, 20))
def test_numbers_of_any_length_are_exact_in_documents(integers, places):
    texts = [str(Decimal(integer).scaleb(-places)) for integer in integers]
    rows = decoded_json('{"rows": [' + ",".join(f'{{"v": {text}}}' for text in texts) + "]}", "decimal(38,20)")
    fitting = [Decimal(text) for text in texts if abs(Decimal(text)) < 10**18]
    assert rows == fitting


def decoded_json(text, kind):
    table = {
        "description": "d",
        "unit": "window",
        "records": "rows",
        "columns": [{"name": "v", "from": "v", "type": kind, "description": "d"}],
    }
    decoder = DocumentDecoder(
        parse_contract({"source": "s", "document": {"format": "json"}, "tables": {"t": table}}),
        parse_document(document_record()),
        None,
    )
    return [
        row["v"]
        for _, conformed in decoder.rows(io.BytesIO(text.encode()), plain_allowed=True)
        for row in conformed.rows.to_pylist()
    ]


KINDS = ("int", "bigint", "decimal(18,4)", "double", "boolean", "date", "timestamp", "string")


texts = st.one_of(
    st.text(max_size=8),
    st.integers().map(str),
    st.decimals(allow_nan=True).map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.sampled_from(["", "true", "No", "0x1F", "1,234.5", "1_000", "+1", "٣", "1e5", "2026-02-30", "20261120", " 5 "]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KINDS), st.lists(texts, min_size=1, max_size=4), st.sampled_from(["iso8601", "%d.%m.%Y", "%m/%Y"])
)
def test_the_fast_path_reads_like_the_slow_one_or_leaves_it_to_it(kind, given_texts, pattern):
    column = Column("v", kind, "v", formats=(pattern,) if kind == "date" else ("iso8601",))
    rules = LocaleRules()
    try:
        fast = cast_text(pa.array(given_texts, pa.string()), column, rules).to_pylist()
    except CannotCastError:
        return
    assert fast == [parse_text(text, column, rules) for text in given_texts]


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.dates().map(str), st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")), min_size=1)
)
def test_local_dates_are_the_same_for_whole_columns_and_for_one_value(given_texts):
    column = Column("v", "date", "v", zone="marketplace")
    rules = LocaleRules(time_zone="America/New_York")
    try:
        fast = cast_text(pa.array(given_texts, pa.string()), column, rules).to_pylist()
    except CannotCastError:
        return
    assert fast == [parse_text(text, column, rules) for text in given_texts]


leaves = (
    st.none()
    | st.text("abcdefgh", max_size=2)
    | st.just({"": "t", "@u": "v"})
    | st.just([{"x": "1"}])
    | st.just(["p", "q"])
)


inner_records = st.dictionaries(st.sampled_from(["x", "y"]), leaves | st.fixed_dictionaries({"x": leaves}), max_size=2)


outer_records = st.fixed_dictionaries({"x": leaves, "in": inner_records | st.lists(inner_records, max_size=3)})


@settings(deadline=None)
@given(
    st.lists(outer_records, min_size=1, max_size=5),
    st.sampled_from(["x", "y.x", "x@u", "../x", "../x@u", "../in.x"]),
    st.booleans(),
    st.data(),
)
def test_columns_of_nested_records_are_the_same_for_whole_columns_and_for_one_value(records, source, typed, data):
    table = Table("t", "d", "window", (), records=("in",))
    block = RecordRows(table, Tree(Chunk(("rows",), 7, records)), ("in",), typed)
    pairs = [
        (outer, inner, 7 + at)
        for at, outer in enumerate(records)
        for inner in (outer["in"] if isinstance(outer["in"], list) else [outer["in"]])
    ]
    if data.draw(st.booleans()):
        chosen = [at for at in range(len(pairs)) if data.draw(st.booleans())]
        block, pairs = block.select(np.array(chosen, dtype=np.int64)), [pairs[at] for at in chosen]
    assert list(block.lines) == [line for _, _, line in pairs]
    assert block.records == [inner for _, inner, _ in pairs]
    column, rules = Column("v", "string", source), LocaleRules()
    expected, reasons = block.parse(column, rules)
    path = parse_path(source)
    for at, (outer, inner, _) in enumerate(pairs):
        if at not in reasons:
            found = path.find(outer if path.up else inner)
            assert expected[at] == (
                None if found in (None, "") else found if isinstance(found, str) else json_text(found)
            )
    try:
        fast = block.cast(column, rules).to_pylist()
    except CannotCastError:
        return
    assert not reasons
    assert fast == expected
