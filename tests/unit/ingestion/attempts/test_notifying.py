from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ingestion.attempts.notifying import MalformedMessage
from ingestion.reports_api.values import Question

from tests.unit.fakes.amazon import notification
from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.lake import FakeLake


def test_a_notification_after_the_token_completes_the_task(lake: FakeLake) -> None:
    report_id = lake.ask(lake.one(), "token-1")

    assert lake.notifying.receive(notification(report_id)) == "completed"
    assert lake.machines.completed == ["token-1"]


def test_a_notification_before_the_token_completes_the_task_too(
    lake: FakeLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = lake.one()
    create = lake.amazon.create

    def create_and_notify(question: Question) -> str:
        report_id = create(question)
        assert lake.notifying.receive(notification(report_id)) == "parked"
        return report_id

    monkeypatch.setattr(lake.amazon, "create", create_and_notify)
    lake.ask(attempt, "token-1")

    assert lake.machines.completed == ["token-1"]


def test_double_and_late_notifications_are_harmless(lake: FakeLake) -> None:
    attempt = lake.one()
    report_id = lake.ask(attempt, "token-1")
    for _ in range(3):
        lake.notifying.receive(notification(report_id))
    lake.amazon.finish(report_id, "DONE", b"a")
    lake.fetch(attempt)

    assert lake.notifying.receive(notification(report_id)) == "parked"
    assert lake.machines.completed == ["token-1"]


def test_the_newest_token_wins(lake: FakeLake) -> None:
    attempt = lake.one()
    lake.ask(attempt, "token-1")
    report_id = lake.ask(attempt, "token-2")

    lake.notifying.receive(notification(report_id))

    assert lake.machines.completed == ["token-2"]


def test_a_dead_token_is_normal(lake: FakeLake) -> None:
    report_id = lake.ask(lake.one(), "token-1")
    lake.machines.dead_tokens.add("token-1")

    assert lake.notifying.receive(notification(report_id)) == "parked"


def test_vendor_groups_are_named_by_their_account_id(lake: FakeLake) -> None:
    lake = FakeLake(
        replace(lake.account, kind="vendor", selling_partner_id="amzn1.vg.6213651"),
        {"daily": DAILY | {"accounts": ["vendor"]}},
    )
    report_id = lake.ask(lake.one(), "token-1")

    assert (
        lake.notifying.receive(
            notification(report_id, seller_id=None, account_id="amzn1.vg.6213651", version="2020-09-04")
        )
        == "completed"
    )


def test_sellers_may_be_named_by_their_account_id_alone(lake: FakeLake) -> None:
    report_id = lake.ask(lake.one(), "token-1")

    assert lake.notifying.receive(notification(report_id, seller_id=None)) == "completed"


def test_what_is_not_for_us_is_dropped(lake: FakeLake) -> None:
    lake.one()

    assert lake.notifying.receive(notification("1", seller_id="SOMEBODY")) == "dropped"
    assert lake.notifying.receive(json.dumps({"notificationType": "ANY_OFFER_CHANGED"})) == "dropped"
    assert (
        lake.notifying.receive(notification("nobody-asked")) == "parked"
    )  # kept for thirty days, in case that it was early


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "{}",
        '"text"',
        json.dumps({"notificationType": "REPORT_PROCESSING_FINISHED"}),
        notification(""),
        notification("1").replace('"DONE"', "7"),
    ],
)
def test_malformed_messages_are_refused(lake: FakeLake, body: str) -> None:
    with pytest.raises(MalformedMessage):
        lake.notifying.receive(body)


def test_a_second_notification_completes_no_task_of_a_closed_attempt(lake: FakeLake) -> None:
    """A call that was under way when the attempt was closed may have saved its token afterwards."""
    attempt = lake.one()
    report_id = lake.ask(attempt, "token-1")
    lake.notifying.receive(notification(report_id))
    lake.fail(attempt)
    closed = lake.ledger.attempt(attempt.key)
    assert closed is not None
    lake.ledger.save(replace(closed, task_token="token-2"))

    assert lake.notifying.receive(notification(report_id)) == "parked"
    assert lake.machines.completed == ["token-1"]


def test_a_notification_is_kept_for_thirty_days(lake: FakeLake) -> None:
    lake.one()
    lake.notifying.receive(notification("50000"))

    message = lake.ledger.message("A3TH9S8BH6GOGM", "50000")

    assert message is not None
    assert (message.report_type, message.processing_status) == ("GET_DAILY_REPORT", "DONE")
    assert (message.received_at, message.expires_at) == (lake.clock(), lake.clock() + timedelta(days=30))
