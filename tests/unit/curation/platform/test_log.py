import logging
import time

from curation.platform.log import LogFormatter


def test_a_line_begins_with_its_instant_in_utc_wherever_the_job_runs(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        fields = {"created": 1795665906.07, "msecs": 70.0, "levelname": "INFO", "name": "curate", "msg": "done"}
        assert LogFormatter().format(logging.makeLogRecord(fields)) == "2026-11-26T04:05:06.070Z INFO curate done"
    finally:
        monkeypatch.undo()
        time.tzset()
