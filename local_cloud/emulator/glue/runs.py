"""Runs of Glue jobs: each is a process group of its own, with a folder, a log file, and the states of the Glue API."""

import contextvars
import json
import os
import re
import secrets
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue, s3

from local_cloud.emulator.glue import spark
from local_cloud.emulator.glue.jars import JarError
from local_cloud.processes import identity, stop_trees

ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_ERROR_LINE = re.compile(r"^(?:[\w.]+\.)?[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Warning|Iteration)?(?:: .*)?$")
_lock = threading.Lock()
_processes: dict[str, int] = {}
_changed = threading.Condition(_lock)


def state_folder() -> Path:
    """Where the local cloud keeps its state."""
    return Path(os.environ["LOCAL_CLOUD_STATE"])


def log_file(run_id: str) -> Path:
    """What a run printed."""
    return state_folder() / "logs" / "glue" / f"{run_id}.log"


def start(data: dict[str, Any]) -> Any:
    """StartJobRun: the answer's JobRunId is known at once, the run goes on in the background."""
    name = data["JobName"]
    job = glue._jobs.get(name)
    if job is None:
        return error_response_json(
            "EntityNotFoundException", f"Failed to start job run due to missing metadata: Job {name} not found", 400
        )
    with _lock:
        runs = glue._job_runs.setdefault(name, [])
        limit = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        if sum(run["JobRunState"] in ACTIVE for run in runs) >= limit:
            return error_response_json("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}", 400)
        run = _new_run(data, job)
        runs.insert(0, run)
    threading.Thread(
        target=contextvars.copy_context().run, args=(_execute, run, job), daemon=True, name=run["Id"]
    ).start()
    return json_response({"JobRunId": run["Id"]})


def _new_run(data: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    return {
        "Id": "jr_" + secrets.token_hex(32),
        "JobName": job["Name"],
        "Attempt": 0,
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": {**job.get("DefaultArguments", {}), **data.get("Arguments", {})},
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": data.get("Timeout") or job.get("Timeout") or 2880,
        "WorkerType": job.get("WorkerType", "G.1X"),
        "NumberOfWorkers": job.get("NumberOfWorkers", 2),
        "GlueVersion": job.get("GlueVersion", "5.1"),
        "LogGroupName": "/aws-glue/jobs",
    }


def _set(run: dict[str, Any], state: str, error: str = "") -> None:
    with _changed:
        if run["JobRunState"] == "STOPPING" and state != "RUNNING":
            state, error = "STOPPED", ""
        elif run["JobRunState"] == "STOPPING":
            return
        now = int(time.time())
        run.update(JobRunState=state, LastModifiedOn=now)
        if error:
            run["ErrorMessage"] = error
        if state not in ACTIVE:
            run.update(CompletedOn=now, ExecutionTime=now - run["StartedOn"])
        _changed.notify_all()


def wait(run: dict[str, Any], seconds: float) -> bool:
    """Wait at most so long for the end of a run; whether it has ended."""
    with _changed:
        return _changed.wait_for(lambda: run["JobRunState"] not in ACTIVE, timeout=seconds)


def find(name: str, run_id: str) -> dict[str, Any] | None:
    """A run by its job's name and its id."""
    return next((run for run in glue._job_runs.get(name, []) if run["Id"] == run_id), None)


def stop(run: dict[str, Any]) -> bool:
    """Stop a run and all its processes; False when it has ended already."""
    with _lock:
        if run["JobRunState"] not in ACTIVE:
            return False
        run["JobRunState"] = "STOPPING"
        pid = _processes.get(run["Id"])
    if pid is not None:
        threading.Thread(target=stop_trees, args=([pid],), daemon=True).start()
    return True


def stop_all() -> None:
    """Stop every run; for the end of the emulator."""
    with _lock:
        pids = list(_processes.values())
    if pids:
        stop_trees(pids, grace_seconds=2)


def _fetch(location: str, folder: Path) -> Path:
    """Copy an object out of S3. Raises FileNotFoundError."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    content = s3._get_object_data(bucket, key)
    if content is None:
        raise FileNotFoundError(f"LAUNCH ERROR | Error downloading from S3 for bucket: {bucket}, key: {key}.")
    target = folder / Path(key).name
    target.write_bytes(content)
    return target


def _execute(run: dict[str, Any], job: dict[str, Any]) -> None:
    folder = state_folder() / "glue" / run["Id"]
    folder.mkdir(parents=True)
    try:
        code = _submit(run, job, folder)
        _set(run, "SUCCEEDED") if code == 0 else _set(run, "FAILED", error_message(log_file(run["Id"])))
    except subprocess.TimeoutExpired:
        _set(run, "TIMEOUT", f"Job run exceeded its timeout of {run['Timeout']} minutes")
    except (OSError, JarError) as error:
        _set(run, "FAILED", str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _submit(run: dict[str, Any], job: dict[str, Any], folder: Path) -> int:
    """Run spark-submit to its end; its exit code.

    Raises TimeoutExpired after the run's timeout, with the processes stopped.
    """
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    arguments = {name: str(value) for name, value in run["Arguments"].items()}
    script = _fetch(job["Command"]["ScriptLocation"], folder)
    python_files = [
        _fetch(location.strip(), folder)
        for location in arguments.get("--extra-py-files", "").split(",")
        if location.strip()
    ]
    environment = spark.job_environment(os.environ, endpoint, folder)
    arguments = {"--JOB_NAME": job["Name"], "--JOB_ID": "j_" + "0" * 64, "--JOB_RUN_ID": run["Id"], **arguments}
    settings = spark.settings(endpoint, folder, spark.archive_options(arguments, environment))
    command = spark.command(script, arguments, python_files, settings, environment)
    log_file(run["Id"]).parent.mkdir(parents=True, exist_ok=True)
    with log_file(run["Id"]).open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    with _Noted(run, process.pid):
        try:
            return process.wait(timeout=float(run["Timeout"]) * 60)
        finally:
            stop_trees([process.pid])
            process.wait()


class _Noted:
    """Notes a process while it runs: here, and in a file from which `down` can stop it when this program was killed."""

    def __init__(self, run: dict[str, Any], pid: int) -> None:
        self._run, self._pid = run, pid
        self._file = state_folder() / "processes" / f"{pid}.json"

    def __enter__(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(
            json.dumps({"pid": self._pid, "started": identity(self._pid), "what": f"Glue run {self._run['Id']}"})
        )
        with _lock:
            _processes[self._run["Id"]] = self._pid
            stopping = self._run["JobRunState"] == "STOPPING"
        if stopping:
            stop_trees([self._pid])
        else:
            _set(self._run, "RUNNING")

    def __exit__(self, *_error: object) -> None:
        with _lock:
            _processes.pop(self._run["Id"], None)
        self._file.unlink(missing_ok=True)


def error_message(log: Path) -> str:
    """The exception that ended a Python script, from what it printed; else the last line."""
    lines = [line.rstrip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    traceback = max(
        (number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")),
        default=None,
    )
    if traceback is not None:
        for line in lines[traceback + 1 :]:
            if not line.startswith((" ", "\t")) and _ERROR_LINE.match(line):
                return line[:2000]
    return lines[-1][:2000] if lines else "The job printed nothing"
