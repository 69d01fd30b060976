"""Settlement reports appear by themselves: in the list, and by notification."""

from __future__ import annotations

from typing import Any

TYPE = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"


def listed(client: Any) -> list[dict[str, Any]]:
    return list(
        client.call(
            "northwind", "GET", "/reports/2021-06-30/reports", params={"reportTypes": TYPE, "pageSize": "100"}
        ).json()["reports"]
    )


def test_the_last_ninety_days_are_there_at_once(client: Any) -> None:
    reports = listed(client)
    assert {
        len([report for report in reports if report["marketplaceIds"] == [marketplace]])
        for marketplace in ("A1PA6795UKMFR9", "A1F83G8C2ARO7P")
    } <= {6, 7}
    assert {report["processingStatus"] for report in reports} == {"DONE"}
    assert min(report["createdTime"] for report in reports) > "2025-12-18"
    newest = next(report for report in reports if report["marketplaceIds"] == ["A1PA6795UKMFR9"])
    content = client.content("northwind", newest).decode("cp1252")
    assert content.startswith("settlement-id\tsettlement-start-date")
    assert client.content("northwind", newest).decode("cp1252") == content


def test_a_new_one_comes_every_fourteen_days_and_is_announced(client: Any) -> None:
    client.subscribe("northwind")
    before = {report["reportId"] for report in listed(client)}
    client.advance(days=29)
    client._tokens.clear()
    messages = client.messages(4)
    announced = {message["payload"]["reportProcessingFinishedNotification"]["reportId"] for _, message in messages}
    new = {report["reportId"] for report in listed(client)} - before
    assert announced == new
    assert len(new) == 4


def test_a_restart_finds_the_same_settlements(start: Any) -> None:
    first, second = start(), start()
    assert listed(first) == listed(second)
