"""After the other end-to-end tests: IAM refused no call of the product, and every grant is there for a reason."""

import time
from pathlib import Path

import pytest

from local_cloud import cloud
from local_cloud.grants import explained
from local_cloud.permission_report import explanations, grants, refusals
from tests.end_to_end.conftest import LakeUnderTest

HERE = Path(__file__).parent
SECONDS_UNTIL_THE_RECORD_IS_WRITTEN = 5


@pytest.fixture(scope="module")
def recorded(lake: LakeUnderTest) -> LakeUnderTest:
    """The record of IAM's verdicts on the calls of all tests is on disk."""
    time.sleep(SECONDS_UNTIL_THE_RECORD_IS_WRITTEN)
    return lake


def test_no_call_of_the_product_was_refused(recorded: LakeUnderTest) -> None:
    assert refusals(recorded.local.state_dir) == []


def test_each_grant_is_needed_by_a_call_or_explained(recorded: LakeUnderTest, request: pytest.FixtureRequest) -> None:
    """A mutation test: without a grant, a call that was made must be refused."""
    missing = {path.name for path in HERE.glob("test_*.py")} - {item.path.name for item in request.session.items}
    if missing:
        pytest.skip(f"only all end-to-end tests together use every grant; not run: {', '.join(sorted(missing))}")
    endpoints = cloud.running(recorded.local.state_dir)
    assert endpoints is not None
    found = grants(endpoints, recorded.local.state_dir, recorded.location.named(""))
    unexplained, stale = explained(found, explanations(HERE / "unused_grants.yaml"))
    assert [grant.name for grant in unexplained] == [], "unused, and unused_grants.yaml does not say why"
    assert [(one.roles, one.statement, one.grants) for one in stale] == [], "unused_grants.yaml explains too much"
