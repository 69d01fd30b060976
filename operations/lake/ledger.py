"""Coverage of a deployed lake, read through the functions' own adapters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from operations.errors import OperationsError
from operations.lake.coverage import Coverage, coverage
from operations.lake.location import Location


@dataclass(frozen=True)
class Status:
    """Coverage, and in sentences the parameters that cannot be read: what they configure has no coverage."""

    coverage: list[Coverage]
    faults: list[str]


def read_coverage(lake: Location, now: datetime) -> list[Coverage]:
    """Return the coverage of all accounts and sources as of `now`."""
    return read_status(lake, now).coverage


def read_status(lake: Location, now: datetime, *, account: str | None = None, source: str | None = None) -> Status:
    """Return the status as of `now`, of all accounts and sources or of the given ones.

    Raises OperationsError, which names an unknown account or source.
    """
    from adapters.ledger import DynamoLedger
    from adapters.parameters import ParameterConfiguration
    from ingestion.access.credentials import NEVER_STORED

    configuration = ParameterConfiguration(lake.client("ssm"), lake.prefix)
    accounts, contracts = configuration.accounts(), configuration.contracts()
    faults = configuration.faults()
    unreadable = {fault.account for fault in faults} | {fault.source for fault in faults}
    if account not in unreadable:
        _check(account, accounts, "account", "configured")
    if source not in unreadable:
        _check(source, contracts, "source", "with a contract")
    enabled = [
        entry
        for entry in configuration.enablements()
        if account in (None, entry.account) and source in (None, entry.source)
    ]
    ledger = DynamoLedger(lake.client("dynamodb"), lake.named("ledger"))
    names = sorted({entry.account for entry in enabled})
    windows = (window for name in names for window in ledger.windows(name, source))
    discovery = [state for name in names for state in ledger.discovery_states(name)]
    known = {item.account: item.credentials_missing for item in ledger.accounts()}
    # An account that the ledger does not know yet was never authorised: `lake account add` makes it known.
    waiting = {name: reason for name in names if (reason := known.get(name, NEVER_STORED)) is not None}
    rows = coverage(accounts, enabled, contracts, windows, now=now, discovery=discovery, waiting=waiting)
    return Status(rows, [str(fault) for fault in faults])


def _check(name: str | None, known: Mapping[str, object], what: str, how: str) -> None:
    if name is not None and name not in known:
        raise OperationsError(f"there is no {what} {name} ({how}: {', '.join(sorted(known)) or 'none'})")
