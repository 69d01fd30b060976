"""After the other end-to-end tests: IAM refused no call of the product on any of their paths."""

from local_cloud.permission_report import refusals
from tests.end_to_end.conftest import LakeUnderTest


def test_no_call_of_the_product_was_refused(lake: LakeUnderTest) -> None:
    assert refusals(lake.local.state_dir) == []
