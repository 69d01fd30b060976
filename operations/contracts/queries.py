"""Quality rules written as a query: exactly one query in Spark's SQL, over the rows about to be published."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.contracts.problems import Problem

_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_OPENED_AT = re.compile(r"from \d+:(\d+)")
"""Where the tokenizer saw the opening of what is not closed: its line, and its offset in the whole text."""
_FIRST_WORDS = {"SELECT", "WITH", "("}
_REMEDY = "Write one SELECT over {batch}, in Spark SQL."


class _NotAQueryError(Exception):
    """The text is not exactly one query; the message says what is wrong and where."""


def query_problems(file: Path, key: str, rule: dict[str, Any], tables: list[str], name: str) -> Iterator[Problem]:
    """Yield what is wrong with the query of a rule of the table `name`, in a contract that has `tables`.

    Nothing is yielded for rules that are no queries.
    """
    if rule["expect"] != "unexpected_rows":
        return
    query = rule.get("query")
    if query is None or "name" not in rule or "per" in rule:
        yield Problem(
            file,
            key,
            "unexpected_rows needs a query and a name, and judges rows",
            "SELECT the rows of {batch} that break the rule.",
        )
        return
    key = f"{key}.query"
    yield from _placeholders(file, key, query, sorted(set(tables) - {name}))
    try:
        selected = _selected_columns(query)
    except _NotAQueryError as error:
        yield Problem(file, key, f"rule {rule['name']}: {error}", _REMEDY)
        return
    if "source_document" not in selected:
        yield Problem(
            file, key, "it does not select source_document", "Select it first: failing documents are known by it."
        )


def _placeholders(file: Path, key: str, query: str, others: list[str]) -> Iterator[Problem]:
    for place in sorted(set(_PLACEHOLDER.findall(query)) - {"batch", *others}):
        known = "".join(f", {{{other}}}" for other in others)
        yield Problem(file, key, f"{{{place}}} is not known", f"Use {{batch}}{known}.")
    if "{batch}" not in query:
        yield Problem(file, key, "it does not read {batch}", "Select from {batch}: the rows about to be published.")


def _selected_columns(query: str) -> list[str]:
    """Return the names of the columns that a query selects, `*` for all.

    Raises _NotAQueryError unless the text is one query in Spark's SQL and nothing else: a rule is run with the job's
    rights, so a statement that changes something must not reach it.
    """
    # Only commands that read contracts wait for the import.
    import sqlglot
    from sqlglot import expressions

    # A quoted identifier is as long as the placeholder: positions in the message are those in the contract's text.
    text = _PLACEHOLDER.sub(r"`\1`", query)
    try:
        _check_tokens(sqlglot.tokenize(text, read="spark"))
        statement = sqlglot.parse_one(text, read="spark")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0]
        column = first["col"] - len(first["highlight"]) + 1
        raise _NotAQueryError(
            f"not Spark SQL at line {first['line']}, column {column}, near {first['highlight']!r}"
        ) from None
    except sqlglot.errors.TokenError as error:
        raise _NotAQueryError(f"a quotation or comment is not closed{_opening(text, error)}") from None
    except RecursionError:
        raise _NotAQueryError("it is nested too deeply to be read") from None
    if not isinstance(statement, expressions.Query):
        raise _NotAQueryError(f"it is no query but {statement.key.upper()}")
    if not statement.selects:
        raise _NotAQueryError("it selects nothing")
    _check_parts(statement)
    return list(statement.named_selects)


_CALL_JAVA = frozenset({"java_method", "reflect", "try_reflect"})
"""Spark SQL's functions that call any static method in the job (Spark SQL reference, "Built-in Functions")."""


def _check_tokens(tokens: list[Any]) -> None:
    """Refuse what is no query by its first word, more than one statement, and comments.

    The parser itself accepts statements it does not know, and warns about them on standard error.
    """
    if not tokens:
        raise _NotAQueryError("it is empty")
    first = tokens[0]
    if first.text.upper() not in _FIRST_WORDS:
        raise _NotAQueryError(f"a query does not begin with {first.text!r} ({_position(first)})")
    for token in tokens:
        if token.token_type.name == "SEMICOLON":
            raise _NotAQueryError(f"a semicolon at {_position(token)}: a rule is one query, without a semicolon")
        if token.comments:  # in folded YAML, the rest of the query would belong to it
            raise _NotAQueryError(f"a comment beside {token.text!r} ({_position(token)}): write it in YAML instead")


def _check_parts(statement: Any) -> None:
    """Refuse what writes, locks or runs a program from inside a query."""
    from sqlglot import expressions

    forbidden = {
        expressions.Into: "SELECT INTO writes a table",
        expressions.Lock: "FOR UPDATE locks rows",
        expressions.QueryTransform: "TRANSFORM runs a program",
    }
    for part in statement.find_all(expressions.CTE, *forbidden):
        if not isinstance(part, expressions.CTE):
            raise _NotAQueryError(forbidden[type(part)])
        if not isinstance(part.this, expressions.Query | expressions.Values):
            raise _NotAQueryError(f"{part.alias} in WITH is no query but {part.this.key.upper()}")
    for function in statement.find_all(expressions.Anonymous):
        if function.name.lower() in _CALL_JAVA:
            raise _NotAQueryError(f"{function.name} calls a method of Java")


def _opening(text: str, error: Any) -> str:
    """Return where the quotation or comment begins that the tokenizer found no end of, if it says so."""
    offset = _OPENED_AT.search(str(error.__cause__))
    if offset is None:
        return ""
    before = text[: int(offset[1])]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f" at line {line}, column {column}"


def _position(token: Any) -> str:
    return f"line {token.line}, column {token.col - len(token.text) + 1}"
