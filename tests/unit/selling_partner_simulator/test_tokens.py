"""Login with Amazon, and what its tokens open."""

from __future__ import annotations

from typing import Any

REPORTS = "/reports/2021-06-30/reports"
EXPIRED = "The access token you provided has expired."
INVALID = "The access token you provided is revoked, malformed or invalid."


def details(answer: Any) -> str:
    return str(answer.json()["errors"][0]["details"])


def test_a_refresh_token_gives_an_access_token_for_an_hour(client: Any) -> None:
    answer = client.login(grant_type="refresh_token", refresh_token="Atzr|demo-northwind-refresh-token")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    content = answer.json()
    assert content["access_token"].startswith("Atza|")
    assert {key: content[key] for key in ("refresh_token", "token_type", "expires_in")} == {
        "refresh_token": "Atzr|demo-northwind-refresh-token",
        "token_type": "bearer",
        "expires_in": 3600,
    }


def test_a_grantless_token_names_its_scope(client: Any) -> None:
    content = client.login(grant_type="client_credentials", scope="sellingpartnerapi::notifications").json()
    assert content["access_token"].startswith("Atc|")
    assert content["scope"] == "sellingpartnerapi::notifications"
    assert "refresh_token" not in content


def test_the_documented_refusals(client: Any) -> None:
    good = {"grant_type": "refresh_token", "refresh_token": "Atzr|demo-northwind-refresh-token"}
    cases = [
        ({**good, "refresh_token": "Atzr|other"}, 400, "invalid_grant"),
        ({**good, "client_secret": "wrong"}, 401, "invalid_client"),
        ({**good, "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
    ]
    for form, status, error in cases:
        answer = client.login(**form)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.headers["x-amzn-RequestId"]
        assert answer.headers["x-amzn-ErrorType"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert client.login(**{**good, "refresh_token": "x"}).json()["error_description"] == (
        "The request has an invalid grant parameter : refresh_token. "
        "User may have revoked or didn't grant the permission."
    )


def test_a_token_expires_after_an_hour_and_says_so(client: Any) -> None:
    client.token("northwind")
    client.advance(minutes=59)
    assert client.call("northwind", "GET", f"{REPORTS}/1").status_code == 404
    client.advance(minutes=2)
    answer = client.call("northwind", "GET", f"{REPORTS}/1")
    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [{"code": "Unauthorized", "message": "Access to requested resource is denied.", "details": EXPIRED}]
    }
    assert "x-amzn-RateLimit-Limit" not in answer.headers


def test_a_token_of_another_region_is_no_token(client: Any) -> None:
    answer = client.call("northwind", "GET", f"{REPORTS}/1", region="na")
    assert (answer.status_code, details(answer)) == (403, INVALID)


def test_revoking_kills_both_tokens(client: Any) -> None:
    client.token("northwind")
    assert client.session.put(f"{client.url}/_simulator/accounts/northwind", json={"revoked": True}).json() == {
        "account": "northwind",
        "revoked": True,
    }
    assert details(client.call("northwind", "GET", f"{REPORTS}/1")) == INVALID
    assert (
        client.login(grant_type="refresh_token", refresh_token="Atzr|demo-northwind-refresh-token").json()["error"]
        == "invalid_grant"
    )


def test_a_forged_or_missing_token_is_refused(client: Any) -> None:
    token = client.token("northwind")
    for forged in (
        token[:-1] + ("0" if token[-1] != "0" else "1"),
        "Atza|",
        "nonsense",
        token.replace("Atza|", "Atza|x", 1),
    ):
        assert (
            client.call("northwind", "GET", f"{REPORTS}/1", headers={"x-amz-access-token": forged}).status_code == 403
        )
    assert client.session.get(f"{client.url}/eu{REPORTS}/1").status_code == 403


def test_a_token_outlives_a_restart_with_the_same_seed(start: Any) -> None:
    first, second = start(), start()
    assert (
        second.call(
            "northwind", "GET", f"{REPORTS}/1", headers={"x-amz-access-token": first.token("northwind")}
        ).status_code
        == 404
    )
