"""Writes the archive of Spark's classes that makes Glue runs start faster.

Java notes the classes that one run of a small job loads, in a cloud of its own.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import boto3

from local_cloud import cloud
from local_cloud.emulator.glue import spark

_JOB = Path(__file__).with_name("archived_job.py")


def write() -> Path:
    """Write the archive, fetching Iceberg's jars first when they are not there; where it is.

    Raises CalledProcessError, with what the job printed, when the job fails.
    """
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        state_dir = Path(folder)
        try:
            endpoints = cloud.start(state_dir)
            _prepare(endpoints)
            inherited = {**os.environ, **cloud.environment(endpoints)}
            environment = spark.job_environment(inherited, endpoints.aws, state_dir)
            draft = state_dir / "classes.jsa"
            _run(endpoints, environment, state_dir, f"{spark.QUIET_JAVA} -XX:ArchiveClassesAtExit={draft}")
        finally:
            cloud.stop(state_dir)
        target = spark.class_archive(environment)
        shutil.move(draft, target.with_suffix(".new"))
        return target.with_suffix(".new").replace(target)


def _prepare(endpoints: cloud.Endpoints) -> None:
    given = cloud.environment(endpoints)
    keys = {
        "region_name": endpoints.region,
        "aws_access_key_id": given["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": given["AWS_SECRET_ACCESS_KEY"],
        "endpoint_url": endpoints.aws,
    }
    boto3.client("s3", **keys).create_bucket(
        Bucket="warm", CreateBucketConfiguration={"LocationConstraint": endpoints.region}
    )
    boto3.client("glue", **keys).create_database(DatabaseInput={"Name": "warm"})


def _run(endpoints: cloud.Endpoints, environment: dict[str, str], folder: Path, java_options: str) -> None:
    settings = spark.settings(endpoints.aws, folder, java_options)
    settings["spark.sql.catalog.lake.client.region"] = endpoints.region
    command = spark.command(_JOB, {"--datalake-formats": "iceberg"}, [], settings, environment)
    subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True, text=True)
