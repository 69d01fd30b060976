"""Amazon Athena: Iceberg snapshots, its SQL, results and their place, workgroups, errors, stopping."""

import asyncio
import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlparse

from ministack.core.responses import error_response_json, json_response
from ministack.services import athena, s3

from local_cloud.emulator.athena import QueryError, statements
from local_cloud.emulator.athena.engine import Query
from local_cloud.emulator.athena.viewer import Viewer
from local_cloud.emulator.editing import replace, wrap

_running: dict[str, Query] = {}
find_viewer: ContextVar[Callable[[], Viewer]] = ContextVar("find_viewer", default=Viewer)
"""How a query learns whose it is; nobody's sees all, where no patch tells."""
_READING = re.compile(r"\s*(SELECT|WITH|VALUES|\()", re.IGNORECASE)


def _malformed(error: QueryError) -> Any:
    return error_response_json("InvalidRequestException", str(error), 400, extra={"AthenaErrorCode": "MALFORMED_QUERY"})


def queries_read_iceberg_snapshots() -> None:
    """A query over an Iceberg table reads the files of one snapshot and is written in Athena's SQL.

    The snapshot is the current one or the one that the query names.

    Source: Amazon Athena user guide, "Query Apache Iceberg tables"; "DML queries, functions, and operators".
    Upstream: ministack.services.athena._run_duckdb hands the SQL to DuckDB as it is, over all files below the table's
    location: deleted and replaced rows come back, 7/2 is 3.5, and local files can be read.
    Remove when: queries read the current snapshot only and have Athena's semantics (test_athena.py).
    """
    current: ContextVar[str] = ContextVar("query_id")

    async def execute(inner: Callable[..., Any], query_id: str, *arguments: Any) -> None:
        current.set(query_id)
        await inner(query_id, *arguments)

    async def run(sql: str, database: str, _catalog: str | None = None) -> dict[str, Any]:
        return await _run(current.get(), sql, database)

    wrap(athena, "_execute_query", execute)
    replace(athena, "_run_duckdb", run)


async def _run(query_id: str, sql: str, database: str) -> dict[str, Any]:
    query = Query(sql, database, find_viewer.get())
    _running[query_id] = query
    try:
        result = await asyncio.to_thread(query.run)
    finally:
        _running.pop(query_id, None)
    execution = athena._executions[query_id]
    execution["_scanned"], execution["_types"] = result.scanned_bytes, result.types
    return {"columns": result.columns, "column_types": [kind.name for kind in result.types], "rows": result.rows}


def queries_are_checked_when_submitted() -> None:
    """StartQueryExecution refuses statements that do not parse, wrong numbers of parameters and unknown workgroups.

    Source: Amazon Athena API reference, StartQueryExecution; user guide, "Use parameterized queries".
    Upstream: ministack.services.athena._start_query_execution accepts all of them and ignores execution parameters.
    Remove when: parameters are filled in, and such calls are an InvalidRequestException (test_athena.py).
    """

    def start(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        name = data.get("WorkGroup", "primary")
        if name not in athena._workgroups:
            return error_response_json("InvalidRequestException", f"WorkGroup {name} is not found.", 400)
        sql = data.get("QueryString", "")
        try:
            sql = statements.with_parameters(sql, data.get("ExecutionParameters") or []) if _READING.match(sql) else sql
            if _READING.match(sql):
                statements.parse(sql)
        except QueryError as error:
            return _malformed(error)
        if not _READING.match(sql) and re.match(r"\s*SELEC", sql, re.IGNORECASE):
            return _malformed(QueryError(f"SYNTAX_ERROR: line 1:1: mismatched input '{sql.split()[0]}'"))
        return inner({**data, "QueryString": sql})

    wrap(athena, "_start_query_execution", start)


def workgroups_enforce_their_location() -> None:
    """A workgroup that enforces its configuration decides where results go.

    EnforceWorkGroupConfiguration is true unless it is set to false.

    Source: Amazon Athena user guide, "Override client-side settings".
    Upstream: ministack.services.athena._start_query_execution takes the client's location.
    Remove when: the location of the workgroup wins (test_athena.py).
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
    """The result file is the object that OutputLocation names, with a .metadata file beside it.

    Every value is in quotes; NULL is an empty field.

    Source: Amazon Athena user guide, "Work with query results and recent queries".
    Upstream: ministack.services.athena._save_query_results writes it into a folder of that name, unquoted.
    Remove when: GetObject of OutputLocation returns the quoted rows (test_athena.py).
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

    Source: Amazon Athena API reference, ColumnInfo.
    Upstream: ministack.services.athena._type_precision_scale returns 38 and 0 for every decimal.
    Remove when: a decimal(18,2) has precision 18 and scale 2 (test_athena.py).
    """

    def results(inner: Callable[..., Any], data: dict[str, Any]) -> Any:
        answer = inner(data)
        types = (athena._executions.get(data.get("QueryExecutionId")) or {}).get("_types")
        if answer[0] >= 300 or not types:
            return answer
        shown = json.loads(answer[2])
        for column, kind in zip(shown["ResultSet"]["ResultSetMetadata"]["ColumnInfo"], types, strict=True):
            column.update(Precision=kind.precision, Scale=kind.scale)
        return json_response(shown)

    wrap(athena, "_get_query_results", results)


def result_pages_count_the_header() -> None:
    """A page of GetQueryResults has at most MaxResults rows; the header is one of the first page's.

    More than 1000 rows are refused.

    Source: Amazon Athena API reference, GetQueryResults.
    Upstream: ministack.services.athena._get_query_results gives one row more, and as many as it is asked for.
    Remove when: the first page has 1000 rows with the header, and MaxResults 1001 is refused (test_athena.py).
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

    Source: Amazon Athena API reference, AthenaError.
    Upstream: ministack.services.athena._execution_out leaves it out.
    Remove when: GetQueryExecution of a failed query has AthenaError (test_athena.py).
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

    Source: Amazon Athena API reference, StopQueryExecution.
    Upstream: ministack.services.athena._execute_query runs on and sets SUCCEEDED.
    Remove when: a stopped query stays CANCELLED (test_athena.py).
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
