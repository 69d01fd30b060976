"""Registering an account: secrets stored, proven, and put back when Amazon refuses them."""

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.deployment.registration import RegistrationRefusedError, Stored, register, stored
from operations.errors import OperationsError
from operations.lake.location import Location

LakeOf = Callable[..., Location]
TOKEN = "Atzr|canary-refresh-token"


class ParameterNotFound(Exception):
    pass


class FakeParameters:
    exceptions = SimpleNamespace(ParameterNotFound=ParameterNotFound)

    def __init__(self, **accounts: dict[str, Any]) -> None:
        self.values = {f"/lake/accounts/{name}": json.dumps(value) for name, value in accounts.items()}
        self.values |= {f"/lake/accounts/{name}/sources/all_orders": "{}" for name in accounts}

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:
        if Name not in self.values:
            raise self.exceptions.ParameterNotFound
        return {"Parameter": {"Value": self.values[Name]}}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "get_parameters_by_path"
        return self

    def paginate(self, Path: str, Recursive: bool) -> list[dict[str, Any]]:
        return [{"Parameters": [{"Name": name} for name in self.values if name.startswith(Path)]}]


class FakeSecrets:
    """Secrets as lists of versions; the current one by its index."""

    def __init__(self, *names: str) -> None:
        self.versions: dict[str, list[str]] = {name: [] for name in names}
        self.current: dict[str, int] = {}

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        if SecretId not in self.versions:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "DescribeSecret")
        return {
            "VersionIdsToStages": {f"v{self.current[SecretId]}": ["AWSCURRENT"]} if SecretId in self.current else {}
        }

    def put_secret_value(self, SecretId: str, SecretString: str) -> dict[str, str]:
        self.versions[SecretId].append(SecretString)
        self.current[SecretId] = len(self.versions[SecretId]) - 1
        return {"VersionId": f"v{self.current[SecretId]}"}

    def update_secret_version_stage(
        self, SecretId: str, VersionStage: str, MoveToVersionId: str, RemoveFromVersionId: str
    ) -> None:
        assert VersionStage == "AWSCURRENT"
        assert RemoveFromVersionId == f"v{self.current[SecretId]}"
        self.current[SecretId] = int(MoveToVersionId[1:])

    def value(self, name: str) -> dict[str, str]:
        return json.loads(self.versions[name][self.current[name]])


class FakeLambda:
    def __init__(self, **answers: Any) -> None:
        self.answers, self.calls = answers, []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        name = FunctionName.removeprefix("lake-").replace("-", "_")
        self.calls.append((name, json.loads(Payload)))
        answer = self.answers[name]
        failed = {"FunctionError": "Unhandled"} if "errorType" in answer else {}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}


GOOD = {"authorize": {"expires_at": "2026-11-20T13:00:00Z"}, "subscribe": {"accounts": {"northwind": "subscribed"}}}
SECRETS = ("lake/accounts/northwind/refresh-token", "lake/applications/main/lwa")


def lake_with(lake_of: LakeOf, secrets: FakeSecrets, functions: FakeLambda) -> Location:
    return lake_of(ssm=FakeParameters(northwind={"application": "main"}), secretsmanager=secrets, lambda_=functions)


def test_secrets_are_stored_then_proven_then_the_account_subscribes(lake_of: LakeOf) -> None:
    secrets, functions = FakeSecrets(*SECRETS), FakeLambda(**GOOD)
    registration = register(lake_with(lake_of, secrets, functions), "northwind", f"{TOKEN}\n", ("id", "secret\n"))
    assert secrets.value(SECRETS[0]) == {"refresh_token": TOKEN}
    assert secrets.value(SECRETS[1]) == {"client_id": "id", "client_secret": "secret"}
    assert functions.calls == [
        ("authorize", {"account": "northwind", "force": True}),
        ("subscribe", {"account": "northwind"}),
    ]
    assert (registration.application, registration.notifications) == ("main", "subscribed")


def test_without_an_application_secret_the_stored_one_stays(lake_of: LakeOf) -> None:
    secrets = FakeSecrets(*SECRETS)
    register(lake_with(lake_of, secrets, FakeLambda(**GOOD)), "northwind", TOKEN)
    assert secrets.versions[SECRETS[1]] == []


@pytest.mark.parametrize(
    ("code", "remedy"),
    [("invalid_grant", "authorise the application again"), ("invalid_client", "--client-secret-file")],
)
def test_a_refusal_names_cause_and_remedy_and_puts_the_former_secret_back(
    lake_of: LakeOf, code: str, remedy: str
) -> None:
    secrets = FakeSecrets(*SECRETS)
    secrets.put_secret_value(SECRETS[0], json.dumps({"refresh_token": "former"}))
    functions = FakeLambda(authorize={"errorType": "AuthorizationRefused", "errorMessage": f"{code}: refused"})
    with pytest.raises(RegistrationRefusedError, match=remedy) as refused:
        register(lake_with(lake_of, secrets, functions), "northwind", TOKEN)
    assert code in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert secrets.value(SECRETS[0]) == {"refresh_token": "former"}
    assert [name for name, _ in functions.calls] == ["authorize"]


def test_an_unknown_account_is_refused_with_the_known_ones(lake_of: LakeOf) -> None:
    with pytest.raises(OperationsError, match=r"contoso is not configured \(configured: northwind\)"):
        register(lake_with(lake_of, FakeSecrets(*SECRETS), FakeLambda(**GOOD)), "contoso", TOKEN)


def test_a_missing_container_says_terraform_apply(lake_of: LakeOf) -> None:
    with pytest.raises(OperationsError, match="run `terraform apply`"):
        register(lake_with(lake_of, FakeSecrets(), FakeLambda(**GOOD)), "northwind", TOKEN)


@pytest.mark.parametrize("token", ["", " \n", "Atzr|a Atzr|b"])
def test_a_token_that_cannot_be_one_is_refused_before_it_is_stored(lake_of: LakeOf, token: str) -> None:
    secrets = FakeSecrets(*SECRETS)
    with pytest.raises(OperationsError, match="refresh token"):
        register(lake_with(lake_of, secrets, FakeLambda(**GOOD)), "northwind", token)
    assert secrets.versions[SECRETS[0]] == []


def test_a_client_secret_is_changed_alone(lake_of: LakeOf) -> None:
    secrets, functions = FakeSecrets(*SECRETS), FakeLambda(**GOOD)
    secrets.put_secret_value(SECRETS[0], json.dumps({"refresh_token": "stays"}))
    secrets.put_secret_value(SECRETS[1], json.dumps({"client_id": "id", "client_secret": "former"}))
    register(lake_with(lake_of, secrets, functions), "northwind", None, ("id", "new"))
    assert len(secrets.versions[SECRETS[0]]) == 1
    assert secrets.value(SECRETS[1]) == {"client_id": "id", "client_secret": "new"}
    assert functions.calls[0] == ("authorize", {"account": "northwind", "force": True})


def test_a_client_secret_that_is_refused_is_put_back(lake_of: LakeOf) -> None:
    secrets = FakeSecrets(*SECRETS)
    secrets.put_secret_value(SECRETS[1], json.dumps({"client_id": "id", "client_secret": "former"}))
    functions = FakeLambda(authorize={"errorType": "AuthorizationRefused", "errorMessage": "invalid_client: refused"})
    with pytest.raises(RegistrationRefusedError, match="invalid_client"):
        register(lake_with(lake_of, secrets, functions), "northwind", None, ("id", "wrong"))
    assert secrets.value(SECRETS[1])["client_secret"] == "former"


def test_what_is_stored_already_is_told_without_reading_it(lake_of: LakeOf) -> None:
    secrets = FakeSecrets(*SECRETS)
    lake = lake_with(lake_of, secrets, FakeLambda())
    assert stored(lake, "northwind") == Stored("main", refresh_token=False, client=False)
    secrets.put_secret_value(SECRETS[1], "{}")
    assert stored(lake, "northwind") == Stored("main", refresh_token=False, client=True)
    secrets.put_secret_value(SECRETS[0], "{}")
    assert stored(lake, "northwind") == Stored("main", refresh_token=True, client=True)
    with pytest.raises(OperationsError, match="run `terraform apply`"):
        stored(lake_with(lake_of, FakeSecrets(), FakeLambda()), "northwind")
