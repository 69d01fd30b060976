"""`lake status`: what is complete, what is missing, why, and when it comes."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from operations.command.application import ConfigOption, JsonOption
from operations.command.coverage_view import (
    coverage_table,
    credentials_table,
    discovered_table,
    faults_table,
    instant,
    open_table,
    row_as_json,
    waiting_table,
)
from operations.command.screen import console, print_json
from operations.errors import OperationsError
from operations.lake.ledger import read_status
from operations.lake.location import find


def status(
    account: Annotated[str | None, typer.Option("--account", help="Only this account.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what is complete, and what is missing, why, and when it comes."""
    now = datetime.now(UTC)
    found = read_status(find(config), now, account=account, source=source)
    rows = found.coverage
    if as_json:
        print_json({"as_of": instant(now), "coverage": [row_as_json(row) for row in rows], "unreadable": found.faults})
        return
    if not rows and not found.faults:
        raise OperationsError("no source is enabled for such an account: see Terraform's variable `accounts`")
    screen = console()
    screen.print(coverage_table(rows))
    for table in (
        faults_table(found.faults),
        credentials_table(rows),
        waiting_table(rows, now),
        discovered_table(rows, now),
        open_table(rows, now),
    ):
        if table:
            screen.print(table)
