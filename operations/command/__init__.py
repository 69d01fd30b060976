"""The `lake` command, a module for each verb and its view; what a verb does with the lake is in operations.lake."""

import typer

from operations.command import account, doctor, query, status, trial
from operations.command.application import LakeGroup

app = typer.Typer(
    name="lake",
    cls=LakeGroup,
    help="Work with a deployed lake: register accounts, see what is complete and what is missing, ask questions in SQL;"
    " try a document against a contract.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(account.app, name="account")
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("query")(query.query)
app.command("try")(trial.try_document)
