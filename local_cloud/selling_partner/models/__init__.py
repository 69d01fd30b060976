"""Validation against the official Swagger models, which lie beside this file unchanged (SOURCE.txt, LICENSE)."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

_FOLDER = Path(__file__).parent
_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    """RFC 3339 as the models demand it: a date, a time and an offset."""
    return not isinstance(value, str) or ("T" in value.upper() and datetime.fromisoformat(value).tzinfo is not None)


@lru_cache(maxsize=4)
def model(name: str) -> dict[str, Any]:
    """Return one of the copied JSON files by name, parsed."""
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=64)
def _validator(name: str, definition: str) -> jsonschema.Draft4Validator:
    # Swagger 2.0 schemas are JSON Schema draft 4 with further keywords, which validators ignore.
    schema = {"$ref": f"#/definitions/{definition}", "definitions": model(name)["definitions"]}
    return jsonschema.Draft4Validator(schema, format_checker=_formats)


def violations(name: str, definition: str, instance: object) -> list[str]:
    """Return what is wrong with an instance of a model's definition, one sentence each; empty when it is valid."""
    errors = sorted(
        _validator(name, definition).iter_errors(instance),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    return [f"{'.'.join(str(part) for part in error.absolute_path) or 'body'}: {error.message}" for error in errors]


def parameter_violations(name: str, path: str, method: str, values: dict[str, list[str]]) -> list[str]:
    """Return what is wrong with the query parameters of an operation.

    Unknown ones, wrong types, too many or too few values.
    """
    known = {item["name"]: item for item in model(name)["paths"][path][method]["parameters"] if item["in"] == "query"}
    found = [f"{key}: unknown parameter" for key in values if key not in known]
    for key, item in known.items():
        if key in values:
            found += _parameter(key, item, values[key])
        elif item.get("required"):
            found.append(f"{key}: required")
    return found


def _parameter(key: str, item: dict[str, Any], texts: list[str]) -> list[str]:
    schema = {
        word: item[word]
        for word in (
            "type",
            "items",
            "minItems",
            "maxItems",
            "minimum",
            "maximum",
            "format",
            "enum",
            "minLength",
            "maxLength",
        )
        if word in item
    }
    try:
        value = _convert(schema["type"], texts)
    except ValueError:
        return [f"{key}: {texts[-1]!r} is not of type {schema['type']}"]
    return [
        f"{key}: {error.message}"
        for error in jsonschema.Draft4Validator(schema, format_checker=_formats).iter_errors(value)
    ]


def _convert(kind: str, texts: list[str]) -> object:
    if kind == "array":
        return [part for text in texts for part in text.split(",")]
    if kind == "integer":
        return int(texts[-1])
    if kind == "boolean":
        if texts[-1] not in {"true", "false"}:
            raise ValueError(texts[-1])
        return texts[-1] == "true"
    return texts[-1]
