"""The job's log: one line per record, with the instant by RFC 3339 in UTC, as the functions log it."""

import logging
import time
from typing import TextIO

_CHATTY = ("py4j", "great_expectations", "botocore")


class LogFormatter(logging.Formatter):
    """`2026-11-20T06:00:00.000Z INFO curate message`."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")


def set_up_log(stream: TextIO) -> None:
    """Log from INFO on; from WARNING on what libraries log of every step."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
