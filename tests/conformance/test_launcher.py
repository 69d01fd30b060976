"""The local cloud's launcher: starting, finding, reusing, stopping; one folder per cloud; nothing left behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

from local_cloud import cloud
from local_cloud.processes import descendants, identity


@pytest.fixture
def state_dir(tmp_path):
    yield tmp_path / "cloud"
    cloud.stop(tmp_path / "cloud")


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "local_cloud", *arguments], capture_output=True, text=True, check=False
    )


def client(service, endpoints):
    found = cloud.environment(endpoints)
    keys = {"aws_access_key_id": found["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": found["AWS_SECRET_ACCESS_KEY"]}
    return boto3.client(service, endpoint_url=found["AWS_ENDPOINT_URL"], region_name=found["AWS_REGION"], **keys)


def test_a_second_cloud_knows_nothing_of_the_first_and_goes_without_a_trace(lab, state_dir, until):
    name = lab.bucket()
    endpoints = cloud.start(state_dir)
    assert cloud.start(state_dir) == endpoints
    assert cloud.running(state_dir) == endpoints
    assert {endpoints.aws, endpoints.lakeformation}.isdisjoint({lab.endpoints.aws, lab.endpoints.lakeformation})
    assert name not in [bucket["Name"] for bucket in client("s3", endpoints).list_buckets()["Buckets"]]
    assert client("sts", endpoints).get_caller_identity()["Account"] == endpoints.account_id
    other = type(lab)(endpoints, state_dir)
    other.role("conformance", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    other.client("lambda").invoke(
        FunctionName=other.function("sleep"), InvocationType="Event", Payload=b'{"seconds": 60}'
    )
    assert until(lambda: descendants([endpoints.pids["ministack"]]), bool)
    everything = {*endpoints.pids.values(), *descendants(endpoints.pids.values())}
    assert cloud.stop(state_dir)
    assert [pid for pid in everything if identity(pid)] == []
    assert sorted(path.name for path in state_dir.iterdir()) == [".lock", "logs"]
    assert not cloud.stop(state_dir)
    assert lab.client("s3").list_buckets()["Buckets"]


def test_it_listens_on_the_loopback_interface_only(lab):
    port = int(lab.endpoints.aws.rsplit(":", 1)[1])
    addresses = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {
        "127.0.0.1",
        "127.0.1.1",
    }
    for address in addresses:
        with socket.socket() as probe:
            assert probe.connect_ex((address, port)) != 0


def test_the_command_line_tells_where_it_is(lab):
    state = str(lab.state_dir)
    found = json.loads(command("status", "--state-dir", state).stdout)
    assert (found["aws"], found["account_id"], found["region"]) == (lab.endpoints.aws, "123456789012", "eu-west-1")
    assert json.loads(command("up", "--state-dir", state).stdout) == found
    assert f"export AWS_ENDPOINT_URL={lab.endpoints.aws}\n" in command("env", "--state-dir", state).stdout


def test_without_a_cloud_the_commands_say_how_to_start_one(tmp_path):
    for verb in ("status", "env"):
        done = command(verb, "--state-dir", str(tmp_path))
        assert done.returncode == 1
        assert "python -m local_cloud up" in done.stderr
    assert "there was none" in command("down", "--state-dir", str(tmp_path)).stdout


def test_a_dead_cloud_is_cleared_and_its_resources_are_gone(state_dir):
    first = cloud.start(state_dir)
    client("s3", first).create_bucket(Bucket="gone", CreateBucketConfiguration={"LocationConstraint": first.region})
    os.killpg(first.pids["ministack"], signal.SIGKILL)
    while identity(first.pids["ministack"]):
        time.sleep(0.05)
    assert cloud.running(state_dir) is None
    done = command("up", "--state-dir", str(state_dir))
    assert "is dead, and its resources are gone" in done.stderr
    second = cloud.running(state_dir)
    assert second
    assert client("s3", second).list_buckets()["Buckets"] == []
    assert not identity(first.pids["moto"])


def test_a_component_that_does_not_start_is_named_with_its_log(lab, state_dir, monkeypatch):
    taken = int(lab.endpoints.aws.rsplit(":", 1)[1])
    monkeypatch.setattr(cloud, "_free_port", lambda: taken)
    with pytest.raises(cloud.CloudError) as raised:
        cloud.start(state_dir)
    assert "component ministack" in str(raised.value) or "component moto" in str(raised.value)
    assert str(state_dir / "logs") in str(raised.value)
    assert not (state_dir / "endpoints.json").exists()


def test_logs_are_files_that_their_owner_can_read(lab):
    for name in ("ministack", "moto"):
        log: Path = lab.state_dir / "logs" / f"{name}.log"
        assert log.stat().st_mode & stat.S_IRUSR
        assert log.stat().st_size > 0
