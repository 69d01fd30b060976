from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.attempts.sweeping import ExecutionFailure
from ingestion.errors import AwsCallFailed, SellingPartnerUnavailable
from ingestion.failures import Failures, RoundFailed
from ingestion.ledger.attempts import Attempt, Outcome
from ingestion.ledger.windows import WindowState

from tests.unit.fakes.amazon import notification
from tests.unit.fakes.faulty import Faulty
from tests.unit.fakes.lake import FakeLake


def next_attempt(lake: FakeLake) -> Attempt:
    due = lake.window("2026-11-20").next_action_at
    assert due is not None
    lake.clock.now = max(due, lake.clock())
    return lake.one()


def test_a_death_is_recorded_and_tried_again_ever_later(lake: FakeLake) -> None:
    waits = []
    for turn in range(7):
        attempt = lake.one() if turn == 0 else next_attempt(lake)
        assert lake.fail(attempt, "TIMED_OUT", "States.Timeout", "no word") == "recorded"
        window = lake.window("2026-11-20")
        assert window.next_action_at is not None
        waits.append(round((window.next_action_at - lake.clock()) / timedelta(minutes=1)))
        assert (window.revision, window.attempt, window.reason) == (1, turn + 2, "TIMED_OUT: States.Timeout: no word")

    assert waits == [5, 10, 20, 40, 80, 160, 320]


def test_in_the_end_a_window_is_lost_and_somebody_is_told(lake: FakeLake) -> None:
    for turn in range(8):
        attempt = lake.one() if turn == 0 else next_attempt(lake)
        lake.fail(attempt, "FAILED", "SellingPartnerUnavailable", "down")

    window = lake.window("2026-11-20")
    assert window.state is WindowState.LOST
    assert window.reason == "given up after 8 attempts: FAILED: SellingPartnerUnavailable: down"
    assert any("given up" in subject for subject, _ in lake.alarms.published)


def test_the_next_attempt_takes_up_the_report_of_the_dead_one(lake: FakeLake) -> None:
    attempt = lake.one()
    report_id = lake.ask(attempt, "token-1")
    lake.fail(attempt, "ABORTED")

    again = next_attempt(lake)

    assert lake.ask(again, "token-2") == report_id
    assert lake.amazon.calls.count("createReport") == 1
    lake.notifying.receive(notification(report_id))
    assert lake.machines.completed == ["token-2"]


def test_the_next_attempt_takes_up_the_intent_of_the_dead_one(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.amazon.lost_answers.append(SellingPartnerUnavailable("timeout"))
    with pytest.raises(SellingPartnerUnavailable):
        lake.ask(attempt)
    lake.fail(attempt, "FAILED", "SellingPartnerUnavailable")

    lake.ask(next_attempt(lake))

    assert lake.amazon.calls.count("createReport") == 1


def test_a_damaged_document_is_asked_for_as_a_new_report(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ask(attempt)
    lake.fail(attempt, "FAILED", "DocumentDamaged")

    lake.ask(next_attempt(lake))

    assert lake.amazon.calls.count("createReport") == 2


def test_the_right_to_create_is_given_up_by_the_dead(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.fail(attempt, "FAILED")

    right = lake.ledger.creation_right("northwind", "GET_DAILY_REPORT", "DE", "2026-11-20")
    assert right is not None
    assert right.holder is None


def test_events_of_known_ends_double_events_and_strangers_change_nothing(lake: FakeLake) -> None:
    attempt = lake.one()
    assert lake.fail(attempt, "FAILED") == "recorded"
    window = lake.window("2026-11-20")

    assert lake.fail(attempt, "FAILED") == "ignored"
    assert lake.sweeping.execution_ended("somebody-elses", ExecutionFailure("FAILED")) == "ignored"
    assert lake.sweeping.execution_ended("daily-0000000000000000-r1-a1", ExecutionFailure("FAILED")) == "ignored"
    assert lake.window("2026-11-20") == window


def test_a_refused_report_is_told_once_a_day(lake: FakeLake) -> None:
    lake.dispatching.tick()
    for day in ("2026-11-20", "2026-11-19"):
        attempt = lake.in_flight(day)
        lake.amazon.finish(lake.ask(attempt), "FATAL", b"not authorized")
        lake.fetch(attempt)
        lake.fail(attempt, "FAILED", "ReportRefused", "not authorized")

    assert [subject for subject, _ in lake.alarms.published] == ["northwind daily: not_entitled"]
    assert "2026-11-20" in lake.alarms.published[0][1]


def test_a_refused_authorization_pauses_the_account_and_costs_no_attempts(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.fail(attempt, "FAILED", "AuthorizationRefused", "invalid_grant")

    window = lake.window("2026-11-20")
    assert (window.failures, window.next_action_at) == (0, lake.clock() + timedelta(minutes=15))
    account = lake.ledger.account("northwind")
    assert account is not None
    assert account.authorization_refused_at == lake.clock()
    assert [subject for subject, _ in lake.alarms.published] == ["northwind: AuthorizationRefused"]


def test_overdue_attempts_are_read_at(lake: FakeLake) -> None:
    attempt = lake.one()
    others = [other for other in lake.attempts() if other != attempt]
    lake.machines.statuses[attempt.execution_arn] = "ABORTED"
    del lake.machines.statuses[others[0].execution_arn]
    assert lake.sweep()["overdue"] == 0
    lake.clock.forward(minutes=16)

    counts = lake.sweep()

    assert (counts["overdue"], counts["failed"]) == (16, 2)
    found = lake.ledger.attempt(attempt.key)
    never = lake.ledger.attempt(others[0].key)
    assert found is not None
    assert never is not None
    assert (found.outcome, found.reason) == (Outcome.FAILED, "ABORTED: found by the sweep")
    assert never.reason == "NEVER_STARTED: found by the sweep"
    assert lake.sweep()["overdue"] == 0  # what runs is looked at again in an hour


def test_a_success_without_an_outcome_is_a_failure(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.machines.statuses[attempt.execution_arn] = "SUCCEEDED"
    lake.clock.forward(minutes=16)

    assert lake.sweep()["failed"] == 1


def test_a_dead_run_gives_the_lease_back(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    lease = lake.ledger.lease()
    assert (lease.holder, lease.started) == (run_id, True)
    lake.machines.statuses[lease.execution_arn or ""] = "ABORTED"
    lake.clock.forward(minutes=6)

    swept = lake.sweep()
    assert {name: swept[name] for name in ("failed", "leases_released", "not_checked")} == {
        "failed": 0,
        "leases_released": 1,
        "not_checked": 0,
    }
    assert lake.sweeping.documents_wait()
    assert lake.ledger.lease().holder is None
    assert lake.claiming.start() is not None


def test_a_round_counts_the_documents_that_wait_and_for_how_long_the_first_has_waited(lake: FakeLake) -> None:
    lake.dispatching.tick()
    for day in ("2026-11-20", "2026-11-19"):
        lake.collect(lake.in_flight(day), day.encode())
        lake.clock.forward(minutes=20)

    swept = lake.sweep()

    assert (swept["documents_waiting"], swept["oldest_document_seconds"]) == (2, 2400)


def test_the_event_of_a_dead_run_gives_the_lease_back_at_once(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    assert run_id is not None

    assert lake.sweeping.execution_ended(run_id, ExecutionFailure("ABORTED")) == "recorded"
    assert lake.sweeping.execution_ended(run_id, ExecutionFailure("ABORTED")) == "ignored"
    assert lake.sweeping.documents_wait()


def test_a_run_that_goes_on_beyond_its_time_keeps_the_lease_and_is_told(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    lake.claiming.start()
    lake.clock.forward(hours=7)
    for attempt in lake.attempts():
        if attempt.watch_at:
            lake.ledger.save(replace(attempt, watch_at=None))

    lake.sweep()

    assert lake.ledger.lease().holder is not None
    assert "beyond its time" in lake.alarms.published[0][0]


def test_a_dead_runs_error_and_cause_are_its_reason(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    assert run_id is not None
    lake.sweeping.execution_ended(run_id, ExecutionFailure("FAILED", "Glue.JobRunFailed", "out of  memory"))
    assert lake.ledger.runs(1)[0].reason == "Glue.JobRunFailed: out of memory"

    second = lake.claiming.start()
    assert second is not None
    lake.sweeping.execution_ended(second, ExecutionFailure("TIMED_OUT"))
    assert lake.ledger.runs(1)[0].reason == "TIMED_OUT:"


def test_a_lease_that_was_just_taken_is_not_released(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    lake.machines.statuses.clear()  # the list of executions may lag behind their start
    lake.clock.forward(minutes=4, seconds=59)
    assert lake.sweep()["leases_released"] == 0
    assert lake.ledger.lease().holder == run_id
    lake.clock.forward(seconds=1)
    assert lake.sweep()["leases_released"] == 1


def test_missing_configuration_sends_an_alarm_for_the_account(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.fail(attempt, "FAILED", "ConfigurationMissing", "no secret")

    ((subject, message),) = lake.alarms.published
    assert subject == "northwind: ConfigurationMissing"
    assert message == (
        f"daily of northwind, DE 2026-11-20 ({attempt.key.request}, attempt 1): FAILED: ConfigurationMissing: no secret"
    )
    account = lake.ledger.account("northwind")
    assert account is not None
    assert account.authorization_refused_at is None  # Login with Amazon refused nothing: the account is not paused


def test_only_the_attempt_that_gives_the_window_up_sends_an_alarm(lake: FakeLake) -> None:
    published = []
    for turn in range(8):
        attempt = lake.one() if turn == 0 else next_attempt(lake)
        lake.fail(attempt, "FAILED", "SellingPartnerUnavailable", "down")
        published.append(len(lake.alarms.published))

    assert published == [0] * 7 + [1]
    assert lake.alarms.published[0][0] == "northwind daily: given up"


def test_a_run_keeps_the_lease_without_an_alarm_until_six_hours_have_passed(lake: FakeLake) -> None:
    lake.collect(lake.one(), b"a")
    run_id = lake.claiming.start()
    for forward in ({"hours": 5, "minutes": 59}, {"minutes": 1}):
        lake.clock.forward(**forward)
        assert lake.sweep()["leases_released"] == 0
        assert not [subject for subject, _ in lake.alarms.published if "beyond its time" in subject]

    lake.clock.forward(seconds=1)

    assert lake.sweep()["leases_released"] == 0
    assert lake.ledger.lease().holder == run_id
    assert [subject for subject, _ in lake.alarms.published] == [f"curation {run_id} runs beyond its time"]


def test_the_alarm_about_an_outcome_without_a_reason_has_the_executions(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ledger.save(replace(attempt, outcome=Outcome.REFUSED))

    assert lake.fail(attempt, "FAILED", "ReportRefused", "why") == "ignored"
    ((subject, message),) = lake.alarms.published
    assert subject == "northwind daily: refused"
    assert message.endswith(": FAILED: ReportRefused: why")


def test_an_attempt_that_still_runs_is_checked_again_after_an_hour(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.clock.forward(minutes=15)
    lake.sweep()
    again = lake.ledger.attempt(attempt.key)
    assert again is not None
    assert again.watch_at == lake.clock() + timedelta(hours=1)


@pytest.mark.parametrize(
    ("port", "method"), [("ledger", "save"), ("ledger", "attempt"), ("ledger", "window"), ("machines", "status")]
)
def test_an_attempt_that_cannot_be_checked_stops_no_other_and_is_told_once(
    lake: FakeLake, port: str, method: str
) -> None:
    lake.dispatching.tick()
    bad = lake.in_flight("2026-11-20")
    lake.machines.statuses.clear()
    lake.clock.forward(minutes=16)
    mentioned = {"status": bad.execution_arn, "window": "2026-11-20"}.get(method, bad.key.request)
    faulty = Faulty(getattr(lake, port), method, mentioned, AwsCallFailed("throttled"))
    sweeping = replace(
        lake.sweeping,
        ledger=faulty if port == "ledger" else lake.ledger,
        state_machines=faulty if port == "machines" else lake.machines,
    )
    failures = Failures("sweep", lake.ledger, lake.clock)
    figures = sweeping.sweep(failures)

    assert (figures["overdue"], figures["failed"], figures["not_checked"]) == (16, 15, 1)
    assert [attempt.key for attempt in lake.attempts() if not attempt.closed] == [bad.key]
    with pytest.raises(RoundFailed, match="daily of northwind: AwsCallFailed: throttled"):
        failures.raise_news()
    failures.raise_news()
    lake.clock.forward(minutes=5)
    assert lake.sweep()["failed"] == 1
