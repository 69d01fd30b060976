"""The real adapters behind the ports. One environment of a function keeps its connections; nothing else is kept."""

from __future__ import annotations

import sys
from functools import cache

import requests
from adapters.artifacts import S3Artifacts
from adapters.aws import client
from adapters.functions import Functions
from adapters.ledger import DynamoLedger
from adapters.observability import EmbeddedMetrics, TopicAlarms
from adapters.parameters import ParameterConfiguration
from adapters.quotas import DynamoQuotas
from adapters.raw_store import S3RawStore
from adapters.secrets import SecretTokens
from adapters.state_machines import StepFunctions
from ingestion.errors import AccessTokenExpired
from ingestion.instants import utc_now
from ingestion.quotas.allowances import Allowances
from ingestion.reports_api.port import Reports
from selling_partner.http import Api, new_session
from selling_partner.reports import ReportsApi
from selling_partner.usage_plans import USAGE_PLANS

from handlers.settings import log_level, quota_scale, setting


@cache
def session() -> requests.Session:
    """The connections to Amazon."""
    return new_session()


@cache
def ledger() -> DynamoLedger:
    """The ledger."""
    return DynamoLedger(client("dynamodb"), setting("LEDGER_TABLE"))


@cache
def configuration() -> ParameterConfiguration:
    """The configuration."""
    return ParameterConfiguration(client("ssm"), setting("LAKE_PREFIX"))


@cache
def tokens() -> SecretTokens:
    """The secrets."""
    return SecretTokens(client("secretsmanager"), setting("LAKE_PREFIX"))


@cache
def allowances() -> Allowances:
    """The quotas."""
    return Allowances(DynamoQuotas(client("dynamodb"), setting("QUOTAS_TABLE")), USAGE_PLANS, quota_scale(), utc_now)


@cache
def state_machines() -> StepFunctions:
    """Step Functions."""
    return StepFunctions(client("stepfunctions"))


@cache
def functions() -> Functions:
    """Other functions."""
    return Functions(client("lambda"))


@cache
def raw_store() -> S3RawStore:
    """The raw bucket."""
    return S3RawStore(client("s3"), setting("RAW_BUCKET"))


@cache
def artifacts() -> S3Artifacts:
    """The artifacts bucket."""
    return S3Artifacts(client("s3"), setting("ARTIFACTS_BUCKET"))


@cache
def metrics() -> EmbeddedMetrics:
    """The figures; Lambda itself tells a function its name."""
    return EmbeddedMetrics(setting("AWS_LAMBDA_FUNCTION_NAME"), log_level(), utc_now, sys.stdout)


@cache
def alarms() -> TopicAlarms:
    """The alarm topic."""
    return TopicAlarms(client("sns"), setting("ALARMS_TOPIC_ARN"))


def reports_for(account: str, region: str) -> Reports:
    """The Reports API of an account.

    The token is read for each call of the function and kept no longer; only `authorize` renews it.
    """
    token = tokens().access_token(account)
    if token is None or token.expires_at <= utc_now():
        raise AccessTokenExpired(f"there is no valid access token of {account}")
    quotas = allowances()

    def observe(operation: str, rate: float) -> None:
        quotas.observe(operation, account, rate)

    amazon = configuration().region(region)
    return ReportsApi(Api(session(), amazon.endpoint, token.value, observe), session(), amazon.document_hosts)
