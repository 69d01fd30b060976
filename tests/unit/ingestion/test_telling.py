from __future__ import annotations

from datetime import timedelta

from ingestion.telling import tell

from tests.unit.fakes.lake import FakeLake


def test_the_same_alarm_is_silent_for_a_day_and_no_longer(lake: FakeLake) -> None:
    def told() -> bool:
        return tell(lake.ledger, lake.alarms, lake.clock, "subject", "message")

    assert told()
    lake.clock.forward(hours=24, milliseconds=-1)
    assert not told()
    lake.clock.now += timedelta(milliseconds=1)
    assert told()
    assert lake.alarms.published == [("subject", "message")] * 2


def test_of_two_that_tell_at_once_one_does(lake: FakeLake) -> None:
    lake.ledger.before_save.append(lambda: tell(lake.ledger, lake.alarms, lake.clock, "subject", "first"))
    assert not tell(lake.ledger, lake.alarms, lake.clock, "subject", "second")
    assert lake.alarms.published == [("subject", "first")]
