"""After the other end-to-end tests: IAM refused no call of the product, and every grant is there for a reason."""

from pathlib import Path

import pytest

from local_cloud import cloud
from local_cloud.grants import explained
from local_cloud.permission_report import explanations, grants, refusals
from tests.end_to_end.conftest import LakeUnderTest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def endpoints(lake: LakeUnderTest) -> cloud.Endpoints:
    found = cloud.running(lake.local.state_dir)
    assert found is not None
    return found


def test_no_call_of_the_product_was_refused(endpoints: cloud.Endpoints) -> None:
    assert refusals(endpoints) == []


def test_each_grant_is_needed_by_a_call_or_explained(
    lake: LakeUnderTest, endpoints: cloud.Endpoints, request: pytest.FixtureRequest
) -> None:
    """A mutation test: without a grant, a call that was made must be refused."""
    missing = {path.name for path in HERE.glob("test_*.py")} - {item.path.name for item in request.session.items}
    if missing:
        pytest.skip(f"only all end-to-end tests together use every grant; not run: {', '.join(sorted(missing))}")
    unexplained, stale = explained(
        grants(endpoints, lake.location.named("")), explanations(HERE / "unused_grants.yaml")
    )
    assert [grant.name for grant in unexplained] == [], "unused, and unused_grants.yaml does not say why"
    assert [(one.roles, one.statement, one.grants) for one in stale] == [], "unused_grants.yaml explains too much"
