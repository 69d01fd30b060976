"""The environment that Terraform gives the functions, and a cold start."""

from __future__ import annotations

import importlib
import sys
from typing import Any

ENVIRONMENT = {
    "LAKE_PREFIX": "lake",
    "LEDGER_TABLE": "ledger",
    "QUOTAS_TABLE": "quotas",
    "RAW_BUCKET": "raw",
    "ARTIFACTS_BUCKET": "artifacts",
    "REPORT_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-report",
    "CURATION_STATE_MACHINE_ARN": "arn:aws:states:eu-west-1:123456789012:stateMachine:lake-curation",
    "NOTIFICATIONS_QUEUE_ARN": "arn:aws:sqs:eu-west-1:123456789012:lake-notifications",
    "ALARMS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:lake-alarms",
    "START_CURATION_FUNCTION": "lake-start-curation",
    "AUTHORIZE_FUNCTION": "lake-authorize",
    "QUOTA_SCALE": "1",
    "CURATION_MINIMUM_DOCUMENTS": "1",
    "CURATION_MAXIMUM_WAIT_MINUTES": "0",
    "AWS_LAMBDA_FUNCTION_NAME": "lake-function",  # Lambda's own
}
NEEDS = {
    "authorize": ["LAKE_PREFIX"],
    "subscribe": ["LAKE_PREFIX", "LEDGER_TABLE", "NOTIFICATIONS_QUEUE_ARN", "AUTHORIZE_FUNCTION"],
    "discover_reports": ["LAKE_PREFIX", "LEDGER_TABLE", "QUOTAS_TABLE", "AUTHORIZE_FUNCTION"],
    "dispatch_reports": ["LAKE_PREFIX", "LEDGER_TABLE", "QUOTAS_TABLE", "REPORT_STATE_MACHINE_ARN"],
    "request_report": ["LEDGER_TABLE", "QUOTAS_TABLE"],
    "receive_notification": ["LEDGER_TABLE"],
    "check_report": ["LEDGER_TABLE", "QUOTAS_TABLE"],
    "fetch_document": ["LEDGER_TABLE", "QUOTAS_TABLE", "RAW_BUCKET"],
    "sweep": ["LEDGER_TABLE", "START_CURATION_FUNCTION", "ALARMS_TOPIC_ARN"],
    "start_curation": [
        "LEDGER_TABLE",
        "RAW_BUCKET",
        "ARTIFACTS_BUCKET",
        "CURATION_STATE_MACHINE_ARN",
        "CURATION_MINIMUM_DOCUMENTS",
        "CURATION_MAXIMUM_WAIT_MINUTES",
    ],
    "finish_curation": ["LEDGER_TABLE", "ARTIFACTS_BUCKET", "ALARMS_TOPIC_ARN", "START_CURATION_FUNCTION"],
}


def cold(name: str) -> Any:
    """A handler's module as a new environment imports it."""
    for module in [
        module
        for module in sys.modules
        if module == "handlers" or module.startswith("handlers.") or module == "adapters.aws"
    ]:
        del sys.modules[module]
    return importlib.import_module(f"handlers.{name}").handler
