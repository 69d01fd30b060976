"""How documents are cut into tasks and dealt out to workers."""

from curation.manifest import parse_document
from curation.reading.tasks import LARGE, Task, first_tasks, shares, tasks_with_next_charset

from tests.document_record import document_record


def document(name, content_bytes):
    return parse_document(document_record(report_id=name, content_bytes=content_bytes))


def test_only_large_documents_are_cut_and_in_no_more_parts_than_there_are_cores():
    tasks = first_tasks([document("1", LARGE), document("2", LARGE + 1), document("3", 9 * LARGE)], cores=4)
    assert [(task.number, task.document.report_id, task.part, task.parts) for task in tasks] == [
        (0, "1", 0, 1),
        (1, "2", 0, 2),
        (2, "2", 1, 2),
        (3, "3", 0, 4),
        (4, "3", 1, 4),
        (5, "3", 2, 4),
        (6, "3", 3, 4),
    ]


def test_rows_of_small_documents_wait_until_all_of_it_is_read():
    assert not Task(0, document("1", LARGE - 1)).streamed
    assert Task(0, document("1", LARGE)).streamed
    assert Task(0, document("1", 1), part=1, parts=2).streamed


def test_all_parts_of_a_document_are_read_again_with_the_charset_that_one_of_them_asks_for():
    tasks = first_tasks([document("1", 2 * LARGE), document("2", 1)], cores=2)
    again = tasks_with_next_charset(tasks, {0: {}, 1: {"again": "cp1252"}, 2: {"again": None}}, cores=2)
    assert [(task.number, task.document.report_id, task.part, task.charset) for task in again] == [
        (3, "1", 0, "cp1252"),
        (4, "1", 1, "cp1252"),
    ]


def test_the_largest_tasks_are_dealt_out_first_and_each_to_the_smallest_share():
    tasks = first_tasks([document(str(size), size * 1_000_000) for size in (1, 2, 3, 4)], cores=2)
    dealt = shares(tasks, 2)
    assert [[task.document.report_id for task in share] for share in dealt] == [["4", "1"], ["3", "2"]]
