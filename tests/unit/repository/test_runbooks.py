"""The runbooks: every alarm that Terraform creates and every message of the alarms topic has a page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
OBSERVABILITY = (ROOT / "terraform" / "modules" / "observability" / "main.tf").read_text(encoding="utf-8")
ALARM = re.compile(r'"\$\{name\}(?P<suffix>-[^"]+)" => \{\s+description\s+= "(?P<description>[^"]+)"')
ALARMS = {found["suffix"]: found["description"] for found in ALARM.finditer(OBSERVABILITY)}


def test_all_kinds_of_alarms_are_found_here() -> None:
    """Each has one metric; alarms of executions have three."""
    assert sorted(ALARMS) == [
        "-errors",
        "-executions-${ending}",
        "-not-empty",
        "-oldest-document",
        "-oldest-due",
        "-oldest-message",
        "-silent",
        "-throttles",
    ]
    making = [
        path
        for path in (ROOT / "terraform").rglob("*.tf")
        if 'resource "aws_cloudwatch_metric_alarm"' in path.read_text(encoding="utf-8")
    ]
    assert [path.parent.name for path in making] == ["observability"]
    assert len(ALARMS) == len(re.findall(r"^\s+description\s+= ", OBSERVABILITY, re.MULTILINE))


@pytest.mark.parametrize("suffix", sorted(ALARMS))
def test_an_alarm_names_its_page_and_the_page_the_alarm(suffix: str) -> None:
    page = re.search(r"Runbook: docs/runbooks/(\S+\.md)$", ALARMS[suffix])
    assert page, f"the alarm *{suffix} names no runbook"
    text = (RUNBOOKS / page[1]).read_text(encoding="utf-8")
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    for name in (suffix.replace("${ending}", ending) for ending in ("failed", "timed-out", "aborted")):
        assert f"`*{name}`" in text, f"{page[1]} does not mention the alarm *{name}"
        assert f"`*{name}`" in index, f"the index does not mention the alarm *{name}"
    assert f"]({page[1]})" in index


@pytest.mark.parametrize("queue", ["notifications-dlq", "stored-documents-dlq", "failed-invocations-dlq"])
def test_each_dead_letter_queue_is_described(queue: str) -> None:
    assert f"`*-{queue}`" in (RUNBOOKS / "dead-letter-queue.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "subject",
    [
        "ACCOUNT: AuthorizationRefused",
        "ACCOUNT: ConfigurationMissing",
        "ACCOUNT: CredentialsMissing",
        "ACCOUNT SOURCE: OUTCOME",
        "ACCOUNT SOURCE: given up",
        "ACCOUNT SOURCE: a document was given up",
        "N documents were not published",
        "curation run failed: ERROR",
        "curation RUN runs beyond its time",
    ],
)
def test_every_message_of_the_alarms_topic_has_a_page(subject: str) -> None:
    [row] = [
        line for line in (RUNBOOKS / "README.md").read_text(encoding="utf-8").splitlines() if f"`{subject}`" in line
    ]
    assert ".md)" in row
