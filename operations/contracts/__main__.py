"""`make contracts`: validate all contracts and write the bundle."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from operations.contracts import bundle
from operations.contracts.problems import InvalidContractsError


def main(
    contracts: Annotated[Path, typer.Option(help="Folder of the contracts", exists=True, file_okay=False)] = Path(
        "contracts"
    ),
    output: Annotated[Path, typer.Option(help="Where the bundle goes")] = Path("build/contracts.json"),
) -> None:
    """Validate all contracts and write the bundle that Terraform and the curation job read."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        loaded = bundle.load(contracts)
    except InvalidContractsError as error:
        for problem in error.problems:
            console.print(str(problem), style="red")
        raise typer.Exit(1) from None
    bundle.write(loaded, output)
    tables = sum(len(contract["tables"]) for contract in loaded["sources"].values())
    console.print(f"{len(loaded['sources'])} contracts with {tables} tables are valid: {output}")


if __name__ == "__main__":
    typer.run(main)
