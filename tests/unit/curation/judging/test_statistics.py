"""The row that rules about documents judge."""

import pytest
from curation.judging.statistics import document_statistics


@pytest.mark.parametrize(("previous", "change"), [(4, 2.5), (20, 0.5), (0, None), (None, None)])
def test_a_document_is_compared_with_the_one_before_it(previous, change):
    row = document_statistics("a/1", records=10, published=7, quarantined=2, excluded=1, previous=previous)
    assert row == {
        "source_document": "a/1",
        "records": 10,
        "published": 7,
        "quarantined": 2,
        "excluded": 1,
        "previous_records": previous,
        "change_in_records": change,
    }
