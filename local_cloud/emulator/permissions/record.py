"""What IAM was asked and what it answered: counted in memory, for the report, and written to logs/permissions.json."""

import json
import os
import threading
import time
from pathlib import Path

from local_cloud.emulator.permissions.needs import Need

_SECONDS_BETWEEN_WRITES = 2
_lock = threading.Lock()
_seen: dict[tuple[str | bool, ...], int] = {}
_changed = threading.Event()
FIELDS = ("principal", "origin", "action", "resource", "context", "decision", "statement", "admitted")
"""Names of the columns of the file; a last one is the count."""


def note(principal: str, origin: str, need: Need, verdict: tuple[str, str, bool]) -> None:
    """Count one verdict (`judging.Verdict`)."""
    context = json.dumps(dict(need.context), sort_keys=True)
    entry = (principal, origin, need.action, need.resource, context, *verdict)
    with _lock:
        _seen[entry] = _seen.get(entry, 0) + 1
    _changed.set()


def file() -> Path:
    """Where the record of a cloud is."""
    return Path(os.environ["LOCAL_CLOUD_STATE"]) / "logs" / "permissions.json"


def content() -> str:
    """All verdicts so far, as JSON."""
    with _lock:
        rows = [[*entry, count] for entry, count in sorted(_seen.items())]
    return json.dumps({"fields": [*FIELDS, "count"], "rows": rows}, indent=0)


def write() -> None:
    """Write the record; a reader sees the former or the new one, whole."""
    draft = file().with_suffix(".part")
    draft.write_text(content())
    draft.replace(file())


def write_regularly() -> None:
    """Keep the file up to date until the process ends; it replaces that of an earlier cloud at once."""
    write()

    def loop() -> None:
        while True:
            _changed.wait()
            _changed.clear()
            write()
            time.sleep(_SECONDS_BETWEEN_WRITES)

    threading.Thread(target=loop, daemon=True, name="permissions").start()
