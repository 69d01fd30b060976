"""AWS Glue jobs, and Step Functions running them."""

import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import json_response
from ministack.services import glue, stepfunctions

from local_cloud.emulator.editing import replace, wrap
from local_cloud.emulator.glue import runs
from local_cloud.emulator.patches.task_tokens import running_execution

_TIMESTAMPS = ("StartedOn", "LastModifiedOn", "CompletedOn")
_deadline: ContextVar[float | None] = ContextVar("task_deadline", default=None)


def spark_jobs_run() -> None:
    """StartJobRun runs the job's script with Spark; BatchStopJobRun stops it.

    MaxConcurrentRuns and Timeout of the job hold.

    Source: AWS Glue API reference, StartJobRun, BatchStopJobRun, JobRun.
    Upstream: ministack.services.glue._start_job_run runs Spark in Docker only; without it the run SUCCEEDED at once.
    Remove when: the emulator runs Spark jobs without Docker (test_glue.py).
    """

    def start(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        job = glue._jobs.get(data.get("JobName"))
        return inner(data) if job is None or not glue._is_spark_job(job) else runs.start(data)

    def stop(data: dict[str, Any]) -> Any:
        name = data.get("JobName", "")
        stopped, errors = [], []
        for run_id in data.get("JobRunIds", []):
            run = runs.find(name, run_id)
            if run is not None and runs.stop(run):
                stopped.append({"JobName": name, "JobRunId": run_id})
                continue
            code, message = (
                ("EntityNotFoundException", "Run not found")
                if run is None
                else ("InvalidInputException", f"Run is {run['JobRunState']}")
            )
            errors.append(
                {"JobName": name, "JobRunId": run_id, "ErrorDetail": {"ErrorCode": code, "ErrorMessage": message}}
            )
        return json_response({"SuccessfulSubmissions": stopped, "Errors": errors})

    wrap(glue, "_start_job_run", start)
    replace(glue, "_batch_stop_job_run", stop)


def jobs_keep_their_concurrency() -> None:
    """A job keeps MaxConcurrentRuns (one by default), maintenance window, job mode and notification settings.

    Source: AWS Glue API reference, Job.
    Upstream: ministack.services.glue._create_job drops them, so the limit is lost and every Terraform plan shows a
    change.
    Remove when: GetJob returns the ExecutionProperty that CreateJob was given (test_glue.py).
    """
    fields = (
        "ExecutionProperty",
        "NotificationProperty",
        "ExecutionClass",
        "JobMode",
        "MaintenanceWindow",
        "JobRunQueuingEnabled",
    )

    def create(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        if answer[0] < 300:
            kept = {field: data[field] for field in fields if data.get(field) is not None}
            glue._jobs[data["Name"]].update({"ExecutionProperty": {"MaxConcurrentRuns": 1}, **kept})
        return answer

    def update(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        if answer[0] < 300:
            changed = data.get("JobUpdate", {})
            glue._jobs[data["JobName"]].update(
                {field: changed[field] for field in fields if changed.get(field) is not None}
            )
        return answer

    wrap(glue, "_create_job", create)
    wrap(glue, "_update_job", update)


def jobs_keep_their_tags() -> None:
    """A job has the tags that it is created with.

    Source: AWS Glue API reference, CreateJob, GetTags.
    Upstream: ministack.services.glue._create_job puts them where GetTags does not look, so every Terraform plan shows
    a change.
    Remove when: GetTags returns the tags that CreateJob was given (test_glue.py).
    """

    def create(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        if answer[0] < 300 and data.get("Tags"):
            glue._tags[glue._arn("job", data["Name"])] = dict(data["Tags"])
        return answer

    wrap(glue, "_create_job", create)


def state_machines_run_jobs() -> None:
    """`glue:startJobRun` starts a job; with `.sync` the task lasts as long as the run.

    A failed run fails the task with States.TaskFailed and the JobRun as cause. When the task times out or the execution
    ends before the run does, the run is stopped.

    Source: AWS Step Functions developer guide, "Start an AWS Glue job with Step Functions".
    Upstream: ministack.services.stepfunctions._SERVICE_DISPATCH has no entry for it.
    Remove when: a `.sync` task ends with its run, and stopping the execution stops the run (test_glue.py).
    """

    def with_deadline(inner: Callable[..., Any], resource: str, data: Any, timeout: float) -> Any:
        previous = _deadline.set(time.monotonic() + timeout)
        try:
            return inner(resource, data, timeout)
        finally:
            _deadline.reset(previous)

    wrap(stepfunctions, "_invoke_resource_with_timeout", with_deadline)
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = _start_job_run


def _start_job_run(resource: str, data: dict[str, Any]) -> Any:
    status, _, body = glue._start_job_run(data)
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(
            "Glue." + answer.get("__type", "ServiceException").split("#")[-1], answer.get("message", "")
        )
    run = runs.find(data["JobName"], answer["JobRunId"])
    if not resource.endswith(".sync") or run is None:
        return answer
    execution, deadline = running_execution.get(), _deadline.get()
    while not runs.wait(run, 0.5):
        if (execution is not None and execution["status"] != "RUNNING") or (
            deadline is not None and time.monotonic() > deadline
        ):
            runs.stop(run)
    shown = {field: value * 1000 if field in _TIMESTAMPS else value for field, value in run.items()}
    if run["JobRunState"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(shown))
    return shown
