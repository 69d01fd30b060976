"""Spark SQL of rules: what is exactly one query, over the tables that placeholders name, and nothing else."""

import re
from itertools import pairwise
from typing import Any

_OPENED_AT = re.compile(r"from \d+:(\d+)")
"""Where the tokenizer saw the opening of what is not closed: its line, and its offset in the whole text."""
_FIRST_WORDS = {"SELECT", "WITH", "("}


class NotAQueryError(Exception):
    """The text is not exactly one query; the message says what is wrong and where."""


def tokens_of(query: str) -> list[Any]:
    """Return the tokens of a text. Raises NotAQueryError where a quotation is not closed."""
    # Only commands that read contracts wait for the import.
    import sqlglot

    try:
        return list(sqlglot.tokenize(query, read="spark"))
    except sqlglot.errors.TokenError as error:
        raise NotAQueryError(f"a quotation or comment is not closed{_opening(query, error)}") from None


def placeholders_of(query: str, tokens: list[Any]) -> dict[tuple[int, int], str]:
    """Return the names in braces, by where they begin and end: not those inside of quotations, such as regex counts."""
    found: dict[tuple[int, int], str] = {}
    opened: int | None = None
    for token in tokens:
        if token.token_type.name == "L_BRACE":
            opened = token.start
        elif token.token_type.name == "R_BRACE" and opened is not None:
            found[opened, token.end + 1] = query[opened + 1 : token.end]
            opened = None
    return found


def selects_documents(query: str, placeholders: dict[tuple[int, int], str]) -> bool:
    """Tell whether a query selects source_document.

    Raises NotAQueryError unless the text is one query in Spark's SQL and nothing else, over the tables in braces: a
    rule is run with the job's rights, so neither a statement that changes something nor other tables must reach it.
    """
    import sqlglot
    from sqlglot import expressions

    text = query
    for (start, end), name in placeholders.items():
        text = f"{text[:start]}`{_marked(name)}`{text[end:]}"
    try:
        _check_tokens(sqlglot.tokenize(text, read="spark"))
        statement = sqlglot.parse_one(text, read="spark")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0]
        column = first["col"] - len(first["highlight"]) + 1
        raise NotAQueryError(
            f"not Spark SQL at line {first['line']}, column {column}, near {first['highlight']!r}"
        ) from None
    except sqlglot.errors.TokenError as error:
        raise NotAQueryError(f"a quotation or comment is not closed{_opening(text, error)}") from None
    except RecursionError:
        raise NotAQueryError("it is nested too deeply to be read") from None
    if not isinstance(statement, expressions.Query):
        raise NotAQueryError(f"it is no query but {statement.key.upper()}")
    if not statement.selects:
        raise NotAQueryError("it selects nothing")
    _check_parts(statement)
    _check_tables(statement)
    return _has_documents(statement, {})


_MARK = 0xE000
"""Names of placeholders are written with letters of Unicode's private use area, so that no other name is like them."""


def _marked(name: str) -> str:
    """Return a name of the same length that stands for a placeholder: positions in messages are the contract's."""
    return "".join(chr(_MARK + ord(letter) % 0x1000) for letter in name) or chr(_MARK)


def _is_marked(name: str) -> bool:
    return bool(name) and all(_MARK <= ord(letter) < _MARK + 0x1000 for letter in name)


_CALL_JAVA = frozenset({"java_method", "reflect", "try_reflect"})
"""Spark SQL's functions that call any static method in the job (Spark SQL reference, "Built-in Functions")."""


def _check_tokens(tokens: list[Any]) -> None:
    """Refuse what is no query by its first word, more than one statement, and comments.

    The parser itself accepts statements it does not know, and warns about them on standard error.
    """
    if not tokens:
        raise NotAQueryError("it is empty")
    first = tokens[0]
    if first.text.upper() not in _FIRST_WORDS:
        raise NotAQueryError(f"a query does not begin with {first.text!r} ({position(first)})")
    for token, following in pairwise([*tokens, None]):
        _check_lists(token, following)
        if token.token_type.name == "SEMICOLON":
            raise NotAQueryError(f"a semicolon at {position(token)}: a rule is one query, without a semicolon")
        if token.comments:  # in folded YAML, the rest of the query would belong to it
            raise NotAQueryError(f"a comment beside {token.text!r} ({position(token)}): write it in YAML instead")


_OPEN_LISTS = frozenset(
    {"SELECT", "L_PAREN", "L_BRACKET", "GROUP_BY", "ORDER_BY", "PARTITION_BY", "SORT_BY", "CLUSTER_BY", "DISTRIBUTE_BY"}
)
_BY = frozenset(name for name in _OPEN_LISTS if name.endswith("_BY"))
_CLOSE_LISTS = frozenset(
    {
        "R_PAREN",
        "R_BRACKET",
        "FROM",
        "WHERE",
        "GROUP_BY",
        "HAVING",
        "ORDER_BY",
        "LIMIT",
        "UNION",
        "INTERSECT",
        "SORT_BY",
    }
)


def _check_lists(token: Any, following: Any | None) -> None:
    """Refuse a comma that separates nothing, and BY without what comes by it: the parser leaves both out silently."""
    name, next_name = token.token_type.name, following.token_type.name if following else None
    nothing_follows = next_name is None or next_name in _CLOSE_LISTS
    if name == "COMMA" and (nothing_follows or next_name == "COMMA"):
        raise NotAQueryError(f"nothing follows the comma at {position(token)}")
    if next_name == "COMMA" and name in _OPEN_LISTS:
        raise NotAQueryError(f"nothing precedes the comma at {position(following)}")
    if name in _BY and nothing_follows:
        raise NotAQueryError(f"nothing follows {token.text!r} at {position(token)}")


def _check_parts(statement: Any) -> None:
    """Refuse what writes, locks, runs a program or waits for values inside a query, and what Spark does not know."""
    from sqlglot import expressions

    forbidden = {
        expressions.Into: "SELECT INTO writes a table",
        expressions.Lock: "FOR UPDATE locks rows",
        expressions.QueryTransform: "TRANSFORM runs a program",
        expressions.Placeholder: "a parameter has no value here: write the value",
        expressions.Parameter: "a variable has no value here: write the value",
        expressions.Qualify: "Spark has no QUALIFY",
    }
    for part in statement.find_all(expressions.CTE, *forbidden):
        if not isinstance(part, expressions.CTE):
            raise NotAQueryError(forbidden[type(part)])
        if not isinstance(part.this, expressions.Query | expressions.Values):
            raise NotAQueryError(f"{part.alias} in WITH is no query but {part.this.key.upper()}")
    for function in statement.find_all(expressions.Anonymous):
        if function.name.lower() in _CALL_JAVA:
            raise NotAQueryError(f"{function.name} calls a method of Java")
    for listed in statement.find_all(expressions.In):
        if not any(listed.args.get(part) for part in ("expressions", "query", "unnest", "field")):
            raise NotAQueryError("IN has an empty list")
    for star in statement.find_all(expressions.Star):
        if any(star.args.values()):
            raise NotAQueryError("Spark has no * that leaves out or renames columns")


_FUNCTIONS_AS_TABLES = frozenset(
    {"explode", "explode_outer", "inline", "inline_outer", "posexplode", "posexplode_outer", "range", "stack"}
)


def _check_tables(statement: Any) -> None:
    """Refuse every table but those that placeholders or WITH name, and functions that make rows of their arguments."""
    from sqlglot import expressions

    named = {part.alias.lower() for part in statement.find_all(expressions.CTE)}
    for table in statement.find_all(expressions.Table):
        if isinstance(table.this, expressions.Func):
            function = table.this.name if isinstance(table.this, expressions.Anonymous) else table.this.sql_name()
            if function.lower() not in _FUNCTIONS_AS_TABLES:
                raise NotAQueryError(f"it reads a table by {function}(), not by a placeholder")
        elif table.args.get("db") or not (_is_marked(table.name) or table.name.lower() in named):
            name = table.sql(dialect="spark")
            raise NotAQueryError(f"{name} is no table that a rule may read: only those in braces are")


def _has_documents(query: Any, known: dict[str, bool]) -> bool:
    """Tell whether a query has a column source_document; `known` are the tables in WITH that have it or not.

    Every table that a placeholder names has it.
    """
    from sqlglot import expressions

    for part in query.ctes:
        known = {**known, part.alias.lower(): _has_documents(part.this, known)}
    if isinstance(query, expressions.Subquery | expressions.SetOperation):
        return _has_documents(query.this, known)
    if not isinstance(query, expressions.Select):
        return False
    sources = {}
    for source in _sources(query):
        inner = _is_marked(source.name) or known.get(source.name.lower(), False)
        if isinstance(source, expressions.Subquery):
            inner = _has_documents(source.this, known)
        sources[source.alias_or_name.lower()] = inner
    return any(
        column.alias_or_name.lower() == "source_document"
        or (isinstance(column, expressions.Star) and any(sources.values()))
        or (isinstance(column, expressions.Column) and column.is_star and sources.get(column.table.lower(), False))
        for column in query.selects
    )


def _sources(query: Any) -> list[Any]:
    """Return the tables and subqueries that a SELECT reads directly."""
    source = query.args.get("from_") or query.args.get("from")
    return [*([source.this] if source else []), *(join.this for join in query.args.get("joins") or [])]


def _opening(text: str, error: Any) -> str:
    """Return where the quotation or comment begins that the tokenizer found no end of, if it says so."""
    offset = _OPENED_AT.search(str(error.__cause__))
    if offset is None:
        return ""
    before = text[: int(offset[1])]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f" at line {line}, column {column}"


def position(token: Any) -> str:
    """Return where a token begins, as people count."""
    return f"line {token.line}, column {token.col - (token.end - token.start)}"
