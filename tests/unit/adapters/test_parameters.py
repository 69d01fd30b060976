from __future__ import annotations

import json

import boto3
import pytest
from adapters.parameters import ParameterConfiguration
from ingestion.errors import (
    ConfigurationMissing,
)

from tests.unit.fakes.configuration import DAILY


def test_configuration(aws: None) -> None:
    ssm = boto3.client("ssm")

    def put(name: str, value: str) -> None:
        ssm.put_parameter(Name=f"/lake/{name}", Value=value, Type="SecureString", Overwrite=True)

    marketplaces = [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}]
    northwind = {
        "account": "northwind",
        "kind": "seller",
        "region": "eu",
        "selling_partner_id": "A",
        "application": "lake",
        "start_date": "2026-11-01",
    }
    put(
        "accounts/northwind",
        json.dumps(northwind | {"end_date": None, "notifications": "auto", "marketplaces": marketplaces}),
    )
    for number in range(12):  # more than one page
        put(
            f"accounts/northwind/sources/s{number}",
            json.dumps({"source": f"s{number}", "variants": ["child"] if number else None}),
        )
    put("reports/daily", json.dumps(DAILY))
    region = {"endpoint": "https://api", "token_endpoint": "https://token", "document_hosts": ["*.s3.amazonaws.com"]}
    put("regions/eu", json.dumps(region))
    time = [0.0]
    configuration = ParameterConfiguration(ssm, "lake", lambda: time[0])

    assert list(configuration.accounts()) == ["northwind"]
    assert configuration.account("northwind").marketplaces[0].code == "DE"
    assert {(e.source, e.variants) for e in configuration.enablements()} >= {("s0", None), ("s1", ("child",))}
    assert configuration.contracts()["daily"].variants == {"child": {"granularity": "DAY"}}
    assert configuration.region("eu").token_endpoint == "https://token"
    assert configuration.region("eu").document_hosts == ("*.s3.amazonaws.com",)
    with pytest.raises(ConfigurationMissing, match="/lake/regions/na"):
        configuration.region("na")
    put("regions/eu", "not json")
    assert configuration.region("eu")
    time[0] = 60.0
    with pytest.raises(ConfigurationMissing, match="not a JSON object"):
        configuration.region("eu")
    put("reports/daily", json.dumps(DAILY | {"window": {}}))
    with pytest.raises(ConfigurationMissing, match="daily"):
        configuration.contracts()
