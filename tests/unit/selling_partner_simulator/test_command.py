"""The command: its help, its port file, its end, and its refusals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from local_cloud.selling_partner.__main__ import main
from local_cloud.selling_partner.accounts import DEFAULT_FILE, load

COMMAND = [sys.executable, "-m", "local_cloud.selling_partner"]


def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    process = subprocess.Popen(
        [
            *COMMAND,
            "--port-file",
            str(port_file),
            "--state-dir",
            str(tmp_path / "state"),
            "--clock",
            "2026-01-01T00:00:00Z",
        ],
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 10
        while not port_file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        answer = requests.get(f"http://127.0.0.1:{port_file.read_text()}/_simulator/clock")
        assert answer.json()["now"].startswith("2026-01-01T00:00:0")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.decode().splitlines()]
    assert lines[0]["listening"].endswith(port_file.read_text())
    assert (lines[1]["path"], lines[1]["status"]) == ("/_simulator/clock", 200)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--time-scale", "0"], "greater than 0"),
        (["--clock", "yesterday"], "invalid"),
        (["--accounts", "/nonexistent.json"], "nonexistent"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(options)
    except SystemExit as end:
        status = end.code
    errors = capsys.readouterr().err
    assert status == 2
    assert words in errors.splitlines()[-1]
    assert "Traceback" not in errors


def test_a_bad_accounts_file_says_what_is_wrong(tmp_path: Path) -> None:
    content = json.loads(DEFAULT_FILE.read_text())
    for change, words in (
        ({"kind": "buyer"}, "kind must be"),
        ({"application": "other"}, "no application other"),
        ({"marketplaces": ["ATVPDKIKX0DER"]}, "no marketplace of region eu"),
        ({"surprise": 1}, "surprise"),
    ):
        path = tmp_path / "accounts.json"
        path.write_text(json.dumps({**content, "accounts": [{**content["accounts"][0], **change}]}))
        with pytest.raises(ValueError, match=words):
            load(path)
