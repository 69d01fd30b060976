"""`lake try`: what the lake would make of a document, on one machine, without a cloud."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations.command.application import JsonOption
from operations.command.screen import console, print_json
from operations.command.trial_request import read_request
from operations.command.trial_view import show
from operations.contracts.lookup import SingleContract, load_single
from operations.contracts.problems import InvalidContractsError
from operations.errors import OperationsError, WrongUseError
from operations.printable import printable

if TYPE_CHECKING:
    from trial.document_trial import Trial

REFUSED = 3

Json = Mapping[str, Any]


def try_document(
    contract: Annotated[
        str, typer.Argument(help="A source (the contract's name) or the path of a contract file.", show_default=False)
    ],
    document: Annotated[Path, typer.Argument(help="The document, gzip or plain.", show_default=False)],
    *,
    marketplace: Annotated[
        str | None,
        typer.Option("--marketplace", "-m", help="Its marketplace, as code (DE) or id: code page, decimal mark, zone."),
    ] = None,
    charset: Annotated[
        str | None, typer.Option("--charset", help="Its charset, as the document's Content-Type would name it.")
    ] = None,
    request: Annotated[
        Path | None,
        typer.Option(
            "--request",
            help="What was asked: a JSON file as it lies beside each raw document"
            " (default: what the document says of itself).",
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="The table to write and to show (default: all are shown).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the table's rows to this file, as Parquet.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many rows of each table to show.")] = 3,
    contracts: Annotated[
        Path | None, typer.Option("--contracts", help="The folder of the contracts (default: ./contracts).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Try a document against a contract: its rows, drift, quarantine and what the quality rules say. Needs no cloud.

    Ends with 0 when the document would be published (rows in quarantine do not stop it), with 3 when it would be
    refused: because it cannot be read, answers another question, or breaks a critical rule; with 2 after wrong use: a
    missing file, an unknown or invalid contract, an unknown marketplace.
    """
    chosen = _contract(contract, contracts)
    _check_files(document, output)
    written = _table(chosen, table, output)
    asked = read_request(request)
    where = chosen.marketplace(marketplace or asked.get("marketplace_id"))
    with _quiet_output():
        trial = _attempt(chosen, where, document, charset or asked.get("charset"), asked if request else None)
        found = _report(trial)
    if output and written in trial.tables:
        _write(trial.tables[written], output)
    if as_json:
        print_json(found)
    else:
        show(console(), found, table=table, rows=rows, marketplace_given=where is not None)
        if output:
            console().print(
                f"{written} is in {output}"
                if written in trial.tables
                else f"nothing was decoded: {output} is not written",
                style="dim",
            )
    if found["document"]["refused"]:
        raise typer.Exit(REFUSED)


def _contract(name: str, folder: Path | None) -> SingleContract:
    try:
        return load_single(name, folder)
    except InvalidContractsError as error:
        *others, last = (str(problem) for problem in error.problems)
        for problem in others:
            sys.stderr.write(printable(f"lake: {problem}") + "\n")
        raise WrongUseError(last) from None


def _check_files(document: Path, output: Path | None) -> None:
    try:
        with document.open("rb"):
            pass
    except OSError as error:
        raise WrongUseError(
            f"the document {document} cannot be read: {error.strerror}: name a file, gzip or plain"
        ) from None
    if output and output.is_dir():
        raise WrongUseError(f"{output} is a folder: name a file for --output")
    if output and not output.parent.is_dir():
        raise WrongUseError(f"there is no folder {output.parent} for --output: create it, or choose another place")


def _table(chosen: SingleContract, table: str | None, output: Path | None) -> str | None:
    """Return the table to write, None when there is nothing to write."""
    tables = list(chosen.contract["tables"])
    if table is not None and table not in tables:
        raise WrongUseError(f"{chosen.contract['source']} has no table {table}: use one of {', '.join(tables)}")
    if output and table is None and len(tables) > 1:
        raise WrongUseError(
            f"{chosen.contract['source']} has several tables: say which to write with --table: {', '.join(tables)}"
        )
    return (table or tables[0]) if output else None


@contextlib.contextmanager
def _quiet_output() -> Iterator[None]:
    """Keep standard output for the answer: what libraries have to say goes to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def _attempt(
    chosen: SingleContract, marketplace: Json | None, document: Path, charset: str | None, request: Json | None
) -> "Trial":
    try:
        # Arrow, pandas and Great Expectations take seconds to import: only a trial waits for them.
        from curation.decoding.charsets import normalized
        from curation.errors import InvalidContractError, RuleFailedToRunError
        from trial.document_trial import try_document

        if charset is not None and normalized(charset) is None:
            raise WrongUseError(f"there is no charset {charset}: use a name such as utf-8, cp1252 or Shift_JIS")
        try:
            return try_document(chosen.contract, marketplace, document, charset, request)
        except InvalidContractError as error:
            raise WrongUseError(f"the contract cannot be followed: {_one_line(error)}") from None
        except RuleFailedToRunError as error:
            raise OperationsError(
                f"a quality rule could not be judged: {_one_line(error)}: fix the rule in the contract"
            ) from None
    except ModuleNotFoundError as error:
        raise OperationsError(f"{error.name} is not installed, which `lake try` needs: run `make setup`") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _report(trial: "Trial") -> dict[str, Any]:
    from trial.report import report

    return report(trial)


def _write(rows: Any, output: Path) -> None:
    import pyarrow.parquet

    try:
        pyarrow.parquet.write_table(rows, output)
    except OSError as error:
        raise OperationsError(f"{output} cannot be written: {error}") from None
