"""Coverage of a deployed lake, read through the functions' own adapters."""

from collections.abc import Mapping
from datetime import datetime

from operations.errors import OperationsError
from operations.lake.coverage import Coverage, coverage
from operations.lake.location import Location


def read_coverage(
    lake: Location, now: datetime, *, account: str | None = None, source: str | None = None
) -> list[Coverage]:
    """Return coverage as of `now`, of all accounts and sources or of the given ones.

    Raises OperationsError, which names an unknown account or source.
    """
    from adapters.ledger import DynamoLedger
    from adapters.parameters import ParameterConfiguration

    configuration = ParameterConfiguration(lake.client("ssm"), lake.prefix)
    accounts, contracts = configuration.accounts(), configuration.contracts()
    _check(account, accounts, "account", "configured")
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
    return coverage(accounts, enabled, contracts, windows, now=now, discovery=discovery)


def _check(name: str | None, known: Mapping[str, object], what: str, how: str) -> None:
    if name is not None and name not in known:
        raise OperationsError(f"there is no {what} {name} ({how}: {', '.join(sorted(known)) or 'none'})")
