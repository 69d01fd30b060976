"""AWS Glue: jobs run for real, no more of them than may, and can be stopped; Step Functions runs them."""

import json
import subprocess
import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def acting(jobs):
    """A job that sleeps for a minute unless told otherwise."""
    return jobs.create("act", {"--action": "sleep", "--value": "60"})


def running(lab, jobs, job, until):
    """The newest run of a job once it runs."""
    return until(lambda: jobs.run_of(job), lambda run: run["JobRunState"] != "STARTING", 20)


def stopped(lab, jobs, job, until):
    return until(
        lambda: jobs.run_of(job)["JobRunState"], lambda state: state not in ("STARTING", "RUNNING", "STOPPING"), 20
    )


def processes(run):
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if run["Id"] in line]


@pytest.mark.patch("spark_jobs_run", "state_machines_run_jobs")
def test_a_job_runs_with_merged_arguments_settings_and_archives(lab, jobs, tables):
    run = json.loads(tables.execution["output"])
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Arguments"]["--database"] == tables.database
    log = jobs.log(run["Id"])
    assert "hello from the archive seen" in log
    assert f"'--JOB_NAME', '{run['JobName']}'" in log
    names = [table["Name"] for table in lab.client("glue").get_tables(DatabaseName=tables.database)["TableList"]]
    assert sorted(names) == ["merged_on_read", "sales"]


@pytest.mark.patch("spark_jobs_run", "state_machines_run_jobs")
def test_a_failing_job_fails_the_task_with_the_run_as_cause(lab, jobs, acting):
    failed = lab.run(jobs.sync(acting, {"--action": "raise", "--value": "no such thing"}), seconds=40)
    run = json.loads(failed["cause"])
    assert failed["error"] == "States.TaskFailed"
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: no such thing")


@pytest.mark.patch("spark_jobs_run")
def test_one_run_at_a_time_and_stopping_it_ends_its_processes(lab, jobs, acting, until):
    glue = lab.client("glue")
    run_id = glue.start_job_run(JobName=acting)["JobRunId"]
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        glue.start_job_run(JobName=acting)
    refused = lab.run(jobs.sync(acting, {}))
    assert refused["error"] == "Glue.ConcurrentRunsExceededException"
    run = running(lab, jobs, acting, until)
    until(lambda: jobs.log(run_id), lambda log: "acting" in log, 20)
    assert processes(run)
    answer = glue.batch_stop_job_run(JobName=acting, JobRunIds=[run_id, "jr_unknown"])
    assert [submission["JobRunId"] for submission in answer["SuccessfulSubmissions"]] == [run_id]
    assert [error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]] == ["EntityNotFoundException"]
    assert stopped(lab, jobs, acting, until) == "STOPPED"
    assert not processes(run)


@pytest.mark.patch("jobs_keep_their_concurrency")
def test_a_job_keeps_its_execution_property(lab, jobs):
    glue = lab.client("glue")
    name = jobs.create("act", {}, ExecutionProperty={"MaxConcurrentRuns": 3})
    assert glue.get_job(JobName=name)["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    glue.update_job(JobName=name, JobUpdate={"ExecutionProperty": {"MaxConcurrentRuns": 2}})
    assert glue.get_job(JobName=name)["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    assert glue.get_job(JobName=jobs.create("act", {}))["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 1}


@pytest.mark.patch("jobs_keep_their_tags")
def test_a_job_keeps_its_tags(lab, jobs):
    name = jobs.create("act", {}, Tags={"Project": "lake"})
    arn = f"arn:aws:glue:eu-west-1:123456789012:job/{name}"
    assert lab.client("glue").get_tags(ResourceArn=arn)["Tags"] == {"Project": "lake"}


@pytest.mark.patch("state_machines_run_jobs")
def test_stopping_the_execution_stops_the_job(lab, jobs, acting, until):
    execution = lab.start(lab.machine(jobs.sync(acting, {})))
    time.sleep(0.5)
    run = running(lab, jobs, acting, until)
    lab.client("stepfunctions").stop_execution(executionArn=execution)
    assert stopped(lab, jobs, acting, until) == "STOPPED"
    assert not processes(run)


@pytest.mark.patch("state_machines_run_jobs")
def test_a_task_that_times_out_stops_the_job(lab, jobs, acting, until):
    timed_out = lab.run(jobs.sync(acting, {}, TimeoutSeconds=2))
    assert timed_out["error"] == "States.Timeout"
    assert stopped(lab, jobs, acting, until) == "STOPPED"
