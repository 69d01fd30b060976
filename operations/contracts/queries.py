"""Quality rules written as a query: exactly one query in Spark's SQL, over the rows about to be published."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from operations.contracts.problems import Problem
from operations.contracts.spark_sql import NotAQueryError, placeholders_of, position, selects_documents, tokens_of

_REMEDY = "Write one SELECT over {batch}, in Spark SQL."


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
    others = sorted(set(tables) - {name})
    try:
        tokens = tokens_of(query)
        yield from _placeholder_problems(file, key, query, tokens, others)
        names_the_documents = selects_documents(query, placeholders_of(query, tokens))
    except NotAQueryError as error:
        yield Problem(file, key, f"rule {rule['name']}: {error}", _REMEDY)
        return
    if not names_the_documents:
        yield Problem(
            file, key, "it does not select source_document", "Select it first: failing documents are known by it."
        )


def _placeholder_problems(
    file: Path,
    key: str,
    query: str,
    tokens: list[Any],
    others: list[str],
) -> Iterator[Problem]:
    placeholders = placeholders_of(query, tokens)
    known = {"batch", *others}
    offered = "".join(f", {{{other}}}" for other in others)
    for place in sorted(set(placeholders.values()) - known):
        yield Problem(file, key, f"{{{place}}} is not known", f"Use {{batch}}{offered}.")
    if "batch" not in placeholders.values():
        yield Problem(file, key, "it does not read {batch}", "Select from {batch}: the rows about to be published.")
    outside = {start for start, _ in placeholders}
    for name in sorted(known):
        text = f"{{{name}}}"
        for token in tokens:
            if token.start not in outside and text in query[token.start : token.end + 1]:
                yield Problem(
                    file,
                    key,
                    f"{text} stands inside of a quotation ({position(token)})",
                    "Write it outside: the job puts the table's name in its place, in quotations too.",
                )
