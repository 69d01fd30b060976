"""What makes a contract valid: its JSON schema, its own references, and what Amazon documents about the report type."""

import difflib
from pathlib import Path
from typing import Any

import jsonschema

from operations.contracts.problems import Problem
from operations.contracts.requests import request_problems
from operations.contracts.rules import rule_problems
from operations.contracts.tables import table_problems

Contract = dict[str, Any]


def problems_of(file: Path, contract: Any, schema: dict[str, Any]) -> list[Problem]:
    """Return all that is wrong with one contract; semantic rules are checked only once its form is right."""
    found = [
        _schema_problem(file, schema, error) for error in jsonschema.Draft202012Validator(schema).iter_errors(contract)
    ]
    if found:
        return sorted(found, key=lambda problem: problem.key)
    if contract["source"] != file.stem:
        found.append(
            Problem(
                file,
                "source",
                f"is {contract['source']!r}, the file is named {file.stem!r}",
                "Give both the same name.",
            )
        )
    if "request" in contract:
        found += request_problems(file, contract["request"])
    for name in contract["tables"]:
        found += table_problems(file, contract, name)
        found += rule_problems(file, contract, name)
    return found


def _schema_problem(file: Path, root: dict[str, Any], error: jsonschema.ValidationError) -> Problem:
    key = ".".join(str(part) for part in error.absolute_path)
    wanted: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    if error.validator == "not":
        return Problem(file, key, "does not belong here", f"Remove it. {_reason(root, error)}".rstrip())
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        unknown = sorted(set(instance) - set(known))
        near = [match for name in unknown for match in difflib.get_close_matches(name, known, n=1)]
        remedy = f"Did you mean {', '.join(near)}?" if near else f"Remove it, or use one of: {', '.join(known)}."
        return Problem(file, key, f"unknown key {', '.join(unknown)}", remedy)
    if error.validator == "required":
        missing = sorted(set(wanted) - set(instance))
        return Problem(
            file, key, f"missing {', '.join(missing)}", "Add it; contracts/contract.schema.json says what it means."
        )
    if error.validator == "enum":
        return Problem(file, key, f"{instance!r} is not allowed", f"Use one of: {', '.join(map(str, wanted))}.")
    return Problem(file, key, error.message, f"{schema.get('description') or 'See contracts/contract.schema.json'}.")


def _reason(root: dict[str, Any], error: jsonschema.ValidationError) -> str:
    """Return the innermost description on the way to the branch of the schema that forbids the key."""
    node: Any = root
    reason = ""
    for part in error.absolute_schema_path:
        while isinstance(node, dict) and "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
        node = node[part]
        if part in {"then", "else"}:
            reason = node.get("description", "")
    return f"{reason}." if reason else ""
