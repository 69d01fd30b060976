"""Amazon Athena: Iceberg snapshots, its SQL, results and their place, workgroups, errors, stopping."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import error_response_json
from ministack.services import athena, s3

from local_cloud.emulator.athena import QueryError, dialect
from local_cloud.emulator.athena.engine import Query
from local_cloud.emulator.editing import edit, replace, wrap

_running: dict[str, Query] = {}
_READING = re.compile(r"\s*(SELECT|WITH|VALUES|\()", re.IGNORECASE)


def _malformed(error: QueryError) -> Any:
    return error_response_json("InvalidRequestException", str(error), 400, extra={"AthenaErrorCode": "MALFORMED_QUERY"})


def queries_read_iceberg_snapshots() -> None:
    """A query over an Iceberg table reads the data files of its current snapshot, or of the one that it names, and
    speaks Athena's SQL.

    Source: Amazon Athena user guide, "Query Apache Iceberg tables"; "DML queries, functions, and operators". The
    emulator hands the SQL to DuckDB as it is, over all files below the table's location: rows deleted or replaced come
    back, 7/2 is 3.5, and local files can be read.
    """
    edit(
        athena,
        "_execute_query",
        ("await _run_duckdb(query, database, catalog)", "await _run_iceberg_query(query_id, query, database)"),
        _run_iceberg_query=_run,
    )


async def _run(query_id: str, sql: str, database: str) -> dict[str, Any]:
    query = Query(sql, database)
    _running[query_id] = query
    try:
        result = await asyncio.to_thread(query.run)
    finally:
        _running.pop(query_id, None)
    execution = athena._executions[query_id]
    execution["_scanned"], execution["_types"] = result.scanned_bytes, result.types
    return {"columns": result.columns, "column_types": [kind.name for kind in result.types], "rows": result.rows}


def queries_are_checked_when_submitted() -> None:
    """StartQueryExecution refuses a statement that does not parse, a wrong number of execution parameters, and an
    unknown workgroup.

    Source: Amazon Athena API reference, StartQueryExecution; user guide, "Use parameterized queries". The emulator
    ignores execution parameters.
    """

    def start(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        name = data.get("WorkGroup", "primary")
        if name not in athena._workgroups:
            return error_response_json("InvalidRequestException", f"WorkGroup {name} is not found.", 400)
        sql = data.get("QueryString", "")
        try:
            sql = dialect.with_parameters(sql, data.get("ExecutionParameters") or []) if _READING.match(sql) else sql
            if _READING.match(sql):
                dialect.parse(sql)
        except QueryError as error:
            return _malformed(error)
        if not _READING.match(sql) and re.match(r"\s*SELEC", sql, re.IGNORECASE):
            return _malformed(QueryError(f"SYNTAX_ERROR: line 1:1: mismatched input '{sql.split()[0]}'"))
        return inner({**data, "QueryString": sql})

    wrap(athena, "_start_query_execution", start)


def workgroups_enforce_their_location() -> None:
    """A workgroup that enforces its configuration decides where results go; EnforceWorkGroupConfiguration is true
    unless told otherwise.

    Source: Amazon Athena user guide, "Override client-side settings". In the emulator the client's location wins.
    """

    def start(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        configuration = athena._workgroups.get(data.get("WorkGroup", "primary"), {}).get("Configuration", {})
        enforced = configuration.get("ResultConfiguration") or {}
        if configuration.get("EnforceWorkGroupConfiguration", True) and enforced.get("OutputLocation"):
            data = {**data, "ResultConfiguration": dict(enforced)}
        given = data.get("ResultConfiguration") or {}
        location = given.get("OutputLocation") or enforced.get("OutputLocation") or ""
        if location and not location.endswith("/"):
            data = {**data, "ResultConfiguration": {**given, "OutputLocation": location + "/"}}
        return inner(data)

    wrap(athena, "_start_query_execution", start)


def results_lie_at_their_location() -> None:
    """The result file is the object that OutputLocation of the query execution names: every value in quotes, NULL as
    nothing, with a .metadata file.

    Source: Amazon Athena user guide, "Work with query results and recent queries". The emulator writes it into a folder
    of that name, unquoted.
    """

    async def save(query_id: str) -> None:
        execution = athena._executions[query_id]
        results, location = execution["_results"], execution["ResultConfiguration"]["OutputLocation"]
        lines = [",".join(map(_cell, row)) for row in [results["columns"], *results["rows"]]]
        body = ("\n".join(lines) + "\n").encode()
        target = urlparse(location)
        key = target.path.lstrip("/")
        status = s3._put_object(
            target.netloc, key, body, {"content-type": "text/csv", "content-length": str(len(body))}
        )[0]
        if status >= 300:
            execution["Status"].update(
                State="FAILED", StateChangeReason=f"Access denied when writing output to url: {location}"
            )
            return
        s3._put_object(target.netloc, key + ".metadata", b"", {"content-length": "0"})
        execution["Statistics"]["DataScannedInBytes"] = execution.get("_scanned", 0)

    replace(athena, "_save_query_results", save)


def _cell(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def results_tell_precision_and_scale() -> None:
    """ColumnInfo of a decimal has its precision and scale.

    Source: Amazon Athena API reference, ColumnInfo. The emulator says 38 and 0 for all.
    """
    edit(
        athena,
        "_get_query_results",
        (
            "        precision, scale = _type_precision_scale(ctype)\n",
            (
                '        _known = execution.get("_types")\n'
                "        precision, scale = (_known[i].precision, _known[i].scale) if _known else _type_precision_scale(ctype)\n"
            ),
        ),
    )


def result_pages_count_the_header() -> None:
    """A page of GetQueryResults has at most MaxResults rows, the header being one of the first page's; more than 1000
    is refused.

    Source: Amazon Athena API reference, GetQueryResults. The emulator gives 1001 rows and any number.
    """

    def results(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        limit = int(data.get("MaxResults") or 1000)
        if limit > 1000:
            return error_response_json(
                "InvalidRequestException", "MaxResults is more than maximum allowed length 1000.", 400
            )
        execution = athena._executions.get(data.get("QueryExecutionId")) or {}
        header = execution.get("StatementType") == "DML" and not data.get("NextToken")
        return inner({**data, "MaxResults": limit - 1 if header else limit})

    wrap(athena, "_get_query_results", results)


def failed_queries_have_an_athena_error() -> None:
    """The status of a failed query has AthenaError: category (2, the user's), type, message.

    Source: Amazon Athena API reference, AthenaError. The emulator leaves it out.
    """

    def out(inner: Callable[..., dict[str, Any]], execution: dict[str, Any]) -> dict[str, Any]:
        shown = inner(execution)
        if shown["Status"]["State"] == "FAILED":
            error = {
                "ErrorCategory": 2,
                "ErrorType": 1006,
                "Retryable": False,
                "ErrorMessage": shown["Status"]["StateChangeReason"],
            }
            shown["Status"] = {**shown["Status"], "AthenaError": error}
        return shown

    wrap(athena, "_execution_out", out)


def stopped_queries_stop() -> None:
    """StopQueryExecution ends the query, which stays CANCELLED.

    Source: Amazon Athena API reference, StopQueryExecution. In the emulator the query runs on and becomes SUCCEEDED.
    """

    def stop(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        execution = athena._executions.get(data.get("QueryExecutionId")) or {}
        if execution and execution["Status"]["State"] == "CANCELLED":
            execution["_stopped"] = dict(execution["Status"])
            query = _running.get(execution["QueryExecutionId"])
            if query is not None:
                query.stop()
        return answer

    async def execute(inner: Callable[..., Any], query_id: str, *arguments: Any) -> None:
        await inner(query_id, *arguments)
        execution = athena._executions.get(query_id) or {}
        if "_stopped" in execution:
            execution["Status"].update(execution["_stopped"])

    wrap(athena, "_stop_query_execution", stop)
    wrap(athena, "_execute_query", execute)
