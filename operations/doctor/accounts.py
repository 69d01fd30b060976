"""The seller and vendor accounts: credentials, Amazon's consent, and how the lake learns of finished reports."""

from collections.abc import Iterator

from operations.doctor.findings import APPLY, Finding, existing, failed, ok, warning
from operations.lake.location import Location


def secrets(lake: Location) -> Iterator[Finding]:
    """Every secret exists, and those that people fill have a value. None is read."""
    client, empty, missing = lake.client("secretsmanager"), set(), []
    for name in lake.outputs["secret_names"]:
        secret = existing(client.describe_secret, SecretId=name)
        if secret is None or secret.get("DeletedDate"):
            missing.append(name)
        elif not any("AWSCURRENT" in stages for stages in (secret.get("VersionIdsToStages") or {}).values()):
            empty.add(name)
    for name in missing:
        yield failed(f"the secret {name} does not exist or is being deleted", f"restore it, or {APPLY}")
    waiting = [
        account
        for account, given in sorted(lake.outputs["accounts"].items())
        if {_token(lake, account), _client(lake, given["application"])} & empty
    ]
    for account in waiting:
        yield warning(f"{account} waits for credentials", f"lake account add {account}")
    if not waiting and not missing:
        yield ok("every account and its application have credentials")


def accounts(lake: Location) -> Iterator[Finding]:
    """Amazon accepts each account's credentials; how the lake learns that its reports are finished."""
    from adapters.ledger import DynamoLedger

    ledger = DynamoLedger(lake.client("dynamodb"), lake.named("ledger"))
    for name in sorted(lake.outputs["accounts"]):
        account = ledger.account(name)
        # Authorising subscribes or notes why it does not: an account with neither was only configured so far.
        if account is None or not (account.notified or account.notification_reason or account.authorization_refused_at):
            yield warning(f"{name} was never authorised", f"lake account add {name}")
        elif account.authorization_refused_at:
            yield failed(
                f"Amazon refuses {name} since {account.authorization_refused_at:%Y-%m-%d %H:%M} UTC:"
                f" {account.authorization_reason or 'no reason given'}",
                f"authorise the application again, then `lake account add {name}`"
                " (docs/runbooks/authorization-refused.md)",
            )
        elif account.notified:
            yield ok(f"{name} is authorised, and Amazon notifies the lake")
        else:
            reason = str(account.notification_reason).partition(":")[0]
            yield ok(f"{name} is authorised, and its reports are polled ({reason})")


def _token(lake: Location, account: str) -> str:
    return f"{lake.prefix}/accounts/{account}/refresh-token"


def _client(lake: Location, application: str) -> str:
    return f"{lake.prefix}/applications/{application}/lwa"
