from __future__ import annotations

from ingestion.access.tokens import Token

from tests.unit.fakes.lake import FakeLake


def test_a_token_is_reused_until_five_minutes_before_its_end(lake: FakeLake) -> None:
    lake.authorizing.account("northwind")
    lake.clock.forward(minutes=54, seconds=59)
    lake.authorizing.account("northwind")
    assert lake.login.asked == 1
    lake.clock.forward(seconds=1)
    lake.authorizing.account("northwind")
    assert lake.login.asked == 2


def test_force_renews_a_token_that_looks_good(lake: FakeLake) -> None:
    first = lake.authorizing.account("northwind")
    assert lake.authorizing.account("northwind", force=True).value != first.value
    assert lake.tokens.access["northwind"].value != first.value


def test_grantless_tokens_are_cached_alike(lake: FakeLake) -> None:
    lake.authorizing.application("lake", "scope")
    lake.authorizing.application("lake", "scope")
    lake.clock.forward(minutes=56)
    lake.authorizing.application("lake", "scope")
    assert lake.login.asked == 2


def test_a_token_does_not_show_itself(lake: FakeLake) -> None:
    assert "canary" not in repr(lake.authorizing.account("northwind"))
    assert Token("a", lake.clock()).expires_at
