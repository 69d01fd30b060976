"""What a contract asks Amazon for, against what Amazon documents about the report type."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from operations.contracts.problems import Problem, did_you_mean

_LENGTHS = {
    "day": r"P\d+D",
    "week": r"P\d+[WD]",
    "month": r"P\d+M",
    "quarter": r"P\d+M",
    "year": r"P\d+Y",
    "instant": r"PT\d+H",
    "snapshot": r"P\d+D",
}
"""How per_request is written for each grain, so that a request covers whole periods."""


@cache
def _report_types() -> dict[str, Any]:
    """Return what Amazon documents per report type: caller, restriction, options.

    Source: SP-API docs, "Report type values", and the report schemas.
    """
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "report_types.json").read_text(encoding="utf-8"))
    return loaded


def request_problems(file: Path, request: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the request part of a contract."""
    yield from _report_type(file, request)
    yield from _window(file, request)


def _report_type(file: Path, request: dict[str, Any]) -> Iterator[Problem]:
    name = request["report_type"]
    documented = _report_types().get(name)
    if documented is None:
        remedy = did_you_mean(name, _report_types(), "Check the official list of report types.")
        yield Problem(file, "request.report_type", f"Amazon documents no {name}", remedy)
        return
    if documented["restricted"] != request["restricted"]:
        yield Problem(
            file,
            "request.restricted",
            f"Amazon documents it as {documented['restricted']}",
            f"Set it to {str(documented['restricted']).lower()}.",
        )
    callers = {"Seller only": {"seller"}, "Vendor only": {"vendor"}}.get(
        documented["caller"] or "", {"seller", "vendor"}
    )
    if not set(request["accounts"]) <= callers:
        yield Problem(
            file,
            "request.accounts",
            f"the type is for {' and '.join(sorted(callers))} accounts",
            "Remove the other kind.",
        )
    if documented["requestable"] == (request["window"]["grain"] == "discovered"):
        message = (
            "Amazon makes this report only on request"
            if documented["requestable"]
            else "Amazon makes this report by itself and refuses requests for it"
        )
        remedy = "Choose the grain of the windows to request." if documented["requestable"] else "Use grain discovered."
        yield Problem(file, "request.window.grain", message, remedy)
    for variant, options in request["variants"].items():
        yield from _options(file, f"request.variants.{variant}", options, documented)


def _options(file: Path, key: str, options: dict[str, str | None], documented: dict[str, Any]) -> Iterator[Problem]:
    for option in sorted(set(documented["options"]) - set(options)):
        yield Problem(
            file,
            key,
            f"option {option} is left to Amazon's default",
            "Name it, with null where it is deliberately unset.",
        )
    for option, value in options.items():
        if option not in documented["options"]:
            yield Problem(
                file,
                f"{key}.{option}",
                "Amazon has no such option for this report type",
                f"Known: {', '.join(documented['options']) or 'none'}.",
            )
            continue
        allowed = documented["options"][option]
        if value is None and option in documented["required_options"]:
            yield Problem(
                file,
                f"{key}.{option}",
                "Amazon requires it",
                f"Give it a value{': ' + ', '.join(allowed) if allowed else ''}.",
            )
        elif value is not None and allowed and value not in allowed:
            yield Problem(
                file, f"{key}.{option}", f"Amazon does not accept {value!r}", f"Use one of: {', '.join(allowed)}."
            )


def _window(file: Path, request: dict[str, Any]) -> Iterator[Problem]:
    window = request["window"]
    if request["scope"] == "account_region" and window["time_zone"] == "marketplace":
        yield Problem(
            file,
            "request.window.time_zone",
            "a request for a whole region has no marketplace to take the time zone from",
            "Use UTC.",
        )
    if window["grain"] == "instant" and window["bounds"] != "instants":
        yield Problem(
            file,
            "request.window.bounds",
            f"{window['bounds']} cannot express a window shorter than a day",
            "Use instants.",
        )
    if window["grain"] not in {"instant", "snapshot", "discovered"} and window["bounds"] not in {
        "dates_inclusive",
        "instants",
    }:
        yield Problem(
            file,
            "request.window.bounds",
            f"{window['bounds']} does not name the {window['grain']}",
            "Use dates_inclusive or instants.",
        )
    pattern = _LENGTHS.get(window["grain"])
    if pattern is None:
        return
    length = window["per_request"]
    digits = int(re.sub(r"\D", "", length) or 0)
    multiple = {"week": 7 if length.endswith("D") else 1, "quarter": 3}.get(window["grain"], 1)
    if not re.fullmatch(pattern, length) or digits == 0 or digits % multiple:
        key = "request.window.per_request"
        yield Problem(
            file, key, f"{length} is not whole {window['grain']}s", "A request covers a whole multiple of its grain."
        )
    if window["grain"] == "snapshot" and length != "P1D":
        yield Problem(file, "request.window.per_request", "a snapshot shows one day", "Use P1D.")
