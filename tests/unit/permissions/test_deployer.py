"""The deployer's policies against the operations that Terraform makes: none is missing, none is there for nothing."""

import re
from pathlib import Path

from local_cloud.emulator.permissions.needs import NEEDS
from tests.unit.permissions.test_administration import CASES

POLICIES = Path(__file__).parents[3] / "terraform" / "bootstrap" / "policies.tf"

NOT_FOR_THE_DEPLOYER = {
    "iam:AttachRolePolicy": "the lake's roles have inline policies alone",
    "iam:DeleteRolePermissionsBoundary": "no role loses its boundary",
    "iam:DetachRolePolicy": "as AttachRolePolicy",
    "s3:DeleteObjectTagging": "objects are uploaded anew",
    "secretsmanager:UpdateSecretVersionStage": "the operator restores a secret",
    "sns:ListSubscriptionsByTopic": "a subscription is found by its ARN",
    "sts:AssumeRole": "the engineer takes the role",
}
"""Actions that rows beside Terraform's ask for."""

ASKED_BY_SERVICES = {
    "kms:CreateGrant": "Lambda and DynamoDB make grants as the caller",
    "kms:Decrypt": "objects, parameters",
    "kms:Encrypt": "parameters",
    "kms:GenerateDataKey": "objects",
}
"""Actions that no operation of Terraform's is named after."""


def granted():
    blocks = re.split(r"(?=\n      (?:\{|merge\())", POLICIES.read_text())
    allowing = [block for block in blocks if '"Deny"' not in block]
    return {action for block in allowing for action in re.findall(r'"([a-z0-9]+:[A-Z]\w+)"(?! *=)', block)}


def test_every_action_of_terraforms_operations_is_granted():
    asked = {action for _, expected in CASES.values() for action, _ in expected}
    assert asked - granted() == NOT_FOR_THE_DEPLOYER.keys()


def test_nothing_is_granted_that_no_operation_asks_for():
    asked = {action for _, expected in CASES.values() for action, _ in expected}
    named = {f"{name.partition('.')[0]}:{name.partition('.')[2]}" for name in NEEDS}
    others = granted() - asked - named - ASKED_BY_SERVICES.keys()
    assert others == {"s3:DeleteObjectVersion", "s3:ListBucket"}
