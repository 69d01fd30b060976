"""What reading the configuration costs in a day: calls of Parameter Store and decryptions of KMS, counted.

`PYTHONPATH=functions:. python -m tests.unit.fakes.configuration_calls` prints them for lakes of three sizes, without
the index and with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.parameters import ParameterConfiguration

from tests.unit.fakes.configuration import DAILY
from tests.unit.fakes.parameter_store import FakeParameterStore

DAY = 86_400
CONTRACTS = 23
SCHEDULES = (60, 300, DAY)
"""Seconds between two ticks of dispatch_reports, discover_reports and subscribe."""
ENVIRONMENT_LIVES = 3 * 3600
"""Seconds after which Lambda is taken to replace an environment, which then reads everything."""
CALLS_PER_REPORT = 4
"""request_report, check_report twice, fetch_document: each reads a region, and is taken to be in a new environment."""


@dataclass(frozen=True)
class ConfigurationCalls:
    """Calls of a day."""

    parameter_store: int
    decryptions: int


def configured(accounts: int, sources: int, *, index: bool) -> FakeParameterStore:
    """A lake of so many accounts with so many sources each."""
    store = FakeParameterStore()
    for source in range(CONTRACTS):
        store.put(f"reports/s{source}", DAILY)
    store.put(
        "regions/eu",
        {"endpoint": "https://api", "token_endpoint": "https://token", "document_hosts": ["*.s3.amazonaws.com"]},
    )
    for account in range(accounts):
        store.put(f"accounts/a{account}", ACCOUNT | {"account": f"a{account}"})
        for source in range(sources):
            store.put(f"accounts/a{account}/sources/s{source}", {"source": f"s{source}", "variants": None})
    if index:
        store.write_index()
    return store


ACCOUNT = {
    "kind": "seller",
    "region": "eu",
    "selling_partner_id": "A",
    "application": "lake",
    "start_date": "2026-11-01",
    "marketplaces": [{"id": "A1PA6795UKMFR9", "code": "DE", "time_zone": "Europe/Berlin"}],
}


def calls_a_day(
    accounts: int, sources: int, *, reports: int | None = None, changes: int = 1, index: bool = True
) -> ConfigurationCalls:
    """Count the calls of a day, in which the configuration changes so often. Without an index: as it was before it.

    `reports` are requested in the day; by default one of each source of each account.
    """
    store = configured(accounts, sources, index=index)
    clock = [0.0]

    def environment() -> ParameterConfiguration:
        return ParameterConfiguration(store, "lake", lambda: clock[0])

    for interval in SCHEDULES:
        configuration, born = environment(), 0.0
        for clock[0] in range(0, DAY, interval):
            if clock[0] - born >= ENVIRONMENT_LIVES:
                configuration, born = environment(), clock[0]
            if index and changes and clock[0] and int(clock[0]) % (DAY // (changes + 1)) < interval:
                store.put("reports/s0", DAILY | {"report_type": f"T{clock[0]}"})
                store.write_index()
            configuration.accounts()  # reads the folder that the sources of accounts are in as well
            configuration.contracts()
    for _ in range(24 * accounts):  # authorize renews each account's token every hour
        configuration = environment()
        configuration.account("a0")
        configuration.region("eu")
    for _ in range((accounts * sources if reports is None else reports) * CALLS_PER_REPORT):
        environment().region("eu")
    looked_for_in_vain = 0 if index else store.not_found  # before, nothing looked for an index
    return ConfigurationCalls(store.calls - looked_for_in_vain, store.decryptions)


if __name__ == "__main__":
    for size in ((1, 20), (10, 20), (50, 60)):
        before, after = calls_a_day(*size, index=False), calls_a_day(*size)
        print(f"{size[0]} accounts of {size[1]} sources: {before} without the index, {after} with it")
