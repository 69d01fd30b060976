"""`lake try`: what the lake would make of a document, on one machine, without any cloud."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from operations.command.application import JsonOption, console, print_json
from operations.command.trial_view import show
from operations.contracts.problems import InvalidContractsError
from operations.contracts.single import SingleContract, load_single
from operations.errors import OperationsError, WrongUseError

if TYPE_CHECKING:
    from trial.document_trial import Trial

REFUSED = 3

Json = Mapping[str, Any]


def try_(
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
            help="What was asked: a JSON file as it lies beside each raw document (default: what the document says of itself).",
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
    asked = _request(request)
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
                markup=False,
            )
    if found["document"]["refused"]:
        raise typer.Exit(REFUSED)


def _contract(name: str, folder: Path | None) -> SingleContract:
    try:
        return load_single(name, folder)
    except InvalidContractsError as error:
        *others, last = (str(problem) for problem in error.problems)
        for problem in others:
            sys.stderr.write(f"lake: {problem}\n")
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
        raise WrongUseError(f"there is no folder {output.parent} for --output: make it, or choose another place")


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


def _request(file: Path | None) -> dict[str, Any]:
    """Return the request in a file, checked as far as the trial takes its form for granted."""
    if file is None:
        return {}
    try:
        request = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUseError(f"the request {file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise WrongUseError(f"the request {file} is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise WrongUseError(f"the request {file} is no JSON object: use the file that lies beside a raw document")
    given = {name: value for name, value in request.items() if value is not None}
    for name in sorted(given.keys() & _REQUEST.keys()):
        if not _REQUEST[name](given[name]):
            raise WrongUseError(
                f"the request {file}: {name} has the wrong form: use the file that lies beside a raw document"
            )
    for name in sorted(given.keys() & _DATES):
        if not _is_iso(given[name]):
            raise WrongUseError(f"the request {file}: {name} {given[name]} is no date or instant in ISO form")
    return given


def _is_text(value: object) -> bool:
    from curation.decoding.paths import writable

    return isinstance(value, str) and writable(value) == value


def _is_iso(text: str) -> bool:
    from curation.manifest import parse_instant

    try:
        parse_instant(text)
    except (ValueError, OverflowError):
        return False
    return True


_DATES = {"report_time", "window_start", "window_end", "data_start_time", "data_end_time"}
_TEXTS = {*_DATES, "report_id", "report_type", "variant", "marketplace_id", "window", "charset"}
_REQUEST: dict[str, Callable[[Any], bool]] = {
    "report_options": lambda value: (
        isinstance(value, dict) and all(option is None or _is_text(option) for option in value.values())
    ),
    "marketplace_ids": lambda value: isinstance(value, list) and all(map(_is_text, value)),
    **dict.fromkeys(_TEXTS, _is_text),
}
"""What a trial needs of a request file, by name."""


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
                f"a quality rule could not be judged: {_one_line(error)}: mend the rule in the contract"
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
