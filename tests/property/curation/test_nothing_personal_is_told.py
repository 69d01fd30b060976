"""Whatever happens to a document, what is told of it (refusal, reasons of quarantine, samples) has no value of it.

These texts reach logs, the ledger, alarms by e-mail and the quality page, which are not made for personal data.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trial.document_trial import try_document

from operations.contracts.bundle import load

CONTRACTS = load(Path(__file__).parents[3] / "contracts")["sources"]
REPORTS = {source: found for source, found in CONTRACTS.items() if "document" in found}
CANARIES = ("jane.doe@canary.example", "Jane Canary", "Kanarienstraße 17", "+49 30 7654321", "98761")
TOLD_BY = ("jane.doe", "canary", "Kanarien", "7654321", "98761")
"""Parts of the canaries that no contract holds: half of a value is told, too."""


def _flat(contract: Mapping[str, Any], values: st.DataObject) -> str:
    form = contract["document"]
    headers = [column["from"] for table in contract["tables"].values() for column in table["columns"]]
    names = list(dict.fromkeys(name for name in headers if not name.startswith("$")))
    sign = "\t" if form["format"] == "tsv" else ","
    rows = [[values.draw(st.sampled_from(CANARIES)) for _ in names] for _ in range(3)]
    return "".join(sign.join(row) + "\n" for row in [names, *rows])


def _nested(paths: list[list[str]], values: st.DataObject) -> dict[str, Any]:
    """A record in which every path has a canary."""
    record: dict[str, Any] = {}
    for *parents, last in paths:
        at = record
        for name in parents:
            below = at.setdefault(name, {})
            at = below if isinstance(below, dict) else {}
        at.setdefault(last, values.draw(st.sampled_from(CANARIES)))
    return record


def _records(contract: Mapping[str, Any], values: st.DataObject) -> Iterator[tuple[list[str], dict[str, Any]]]:
    for table in contract["tables"].values():
        sources = [column["from"] for column in table["columns"]]
        paths = [name.split("@")[0].split(".") for name in sources if name[:1] not in "$." and name != "."]
        yield table["records"].split("."), _nested(paths, values)


def _json(contract: Mapping[str, Any], values: st.DataObject) -> str:
    document: dict[str, Any] = {"Jane Canary": CANARIES[0]}
    for path, record in _records(contract, values):
        at = document
        for name in path[:-1]:
            below = at.setdefault(name, {})
            at = below if isinstance(below, dict) else {}
        at.setdefault(path[-1], [record])
    echo = contract["document"].get("echo")
    if echo:
        texts = st.sampled_from(CANARIES)
        document[echo["section"]] = {
            name: values.draw(texts | st.lists(texts) | st.dictionaries(texts, texts, max_size=2))
            for name in ("reportType", "reportOptions", "marketplaceIds", "dataStartTime", "dataEndTime")
        }
    return json.dumps(document, ensure_ascii=False)


def _element(name: str, content: Any) -> str:
    if isinstance(content, dict):
        content = "".join(_element(child, below) for child, below in content.items())
    return f"<{name}>{content}</{name}>"


def _xml(contract: Mapping[str, Any], values: st.DataObject) -> str:
    root, *_ = _records(contract, values)
    path, record = root
    document: Any = record
    for name in reversed(path):
        document = {name: document}
    return "".join(_element(name, below) for name, below in document.items())


MAKERS = {"tsv": _flat, "csv": _flat, "json": _json, "xml": _xml}
DAMAGES = ("none", "headless", "cut", "inserted", "doubled", "shifted", "another charset")
INSERTED = (
    *CANARIES,
    '"',
    "{",
    "}",
    "]",
    "<",
    "</",
    "&canary;",
    "\n",
    "\t",
    ",",
    "\0",
    "<!DOCTYPE canary>",
    "[Jane Canary",
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> bytes:
    """A document with one damage."""
    kind, at = draw(st.sampled_from(DAMAGES)), draw(st.integers(0, len(text)))
    changed = {
        "headless": text.partition("\n")[2] or text[at:],
        "cut": text[:at],
        "inserted": text[:at] + draw(st.sampled_from(INSERTED)) + text[at:],
        "doubled": text + text,
        "shifted": text[at:],
    }.get(kind, text)
    return changed.encode("utf-16" if kind == "another charset" else draw(st.sampled_from(["utf-8", "cp1252"])))


@pytest.mark.parametrize("source", REPORTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(values=st.data())
def test_no_message_holds_a_value_of_the_document(source: str, values: st.DataObject) -> None:
    contract = REPORTS[source]
    document = values.draw(damaged(MAKERS[contract["document"]["format"]](contract, values)))
    trial = try_document(contract, None, document)
    told = [trial.refusal.message if trial.refusal else "", trial.charset]
    told += [one.reason for _, conformed in trial.conformed for one in conformed.quarantined]
    personal = {
        column["name"]
        for table in contract["tables"].values()
        for column in table["columns"]
        if column.get("sensitivity") == "personal"
    }
    if personal:
        told += [
            verdict.sample or "" for verdict in trial.judgement.verdicts if verdict.rule.column in (None, *personal)
        ]
    assert not [text for text in told for part in TOLD_BY if part in text]


def test_what_may_hold_an_unknown_header_is_for_those_who_may_see_personal_data() -> None:
    """A message quotes known headers only; drift lists the unknown ones, which in a file without header are values."""
    documents = yaml.safe_load((Path(__file__).parents[3] / "contracts/operations/documents.yaml").read_text())
    columns = {column["name"]: column.get("sensitivity") for column in documents["tables"]["documents"]["columns"]}
    assert (columns["message"], columns["drift"]) == ("personal", "personal")


@pytest.mark.parametrize(
    ("source", "document", "message"),
    [
        (
            "xml_orders",
            "<AmazonEnvelope><Message><Order>&canary;</Order></Message></AmazonEnvelope>",
            "not well-formed XML: undefined entity: line 1, column 32",
        ),
        ("xml_orders", "<canary>Jane Canary</canary>", "the root element is not AmazonEnvelope"),
        ("xml_orders", "<!DOCTYPE html><p>Jane Canary", "the document is an HTML page"),
        ("all_orders", "<p>Jane\tCanary", "the document is markup, not a flat file: its first line has 14 bytes in 2"),
        ("sales_and_traffic", '{"Jane Canary": 1}', "salesAndTrafficByDate; its members are 1 others"),
        ("sales_and_traffic", '{"a": 1 "Jane Canary"}', "not JSON: , expected at byte 8"),
        ("sales_and_traffic", '["Jane Canary"]', "the document is no JSON object: its first line has 15 bytes"),
        (
            "sales_and_traffic",
            '{"reportSpecification": {"reportType": "Jane Canary"}, "salesAndTrafficByDate": [{}]}',
            "reportType: requested GET_SALES_AND_TRAFFIC_REPORT, echoed a text of 11 characters",
        ),
        (
            "sales_and_traffic",
            '{"reportSpecification": {"dataStartTime": "Jane Canary"}, "salesAndTrafficByDate": [{}]}',
            "dataStartTime of the document's echo is not a date in ISO form, but a text of 11 characters",
        ),
        (
            "sales_and_traffic",
            '{"reportSpecification": {"reportOptions": {"Jane Canary": {}}}, "salesAndTrafficByDate": [{}]}',
            "option 1 of reportOptions of the document's echo is an object, not a text",
        ),
        (
            "returns",
            "Jane Canary\tOrder ID\n",
            "it has 2 values; known: Order ID; unknown, by position (and length): 1 (11)",
        ),
    ],
)
def test_a_message_says_where_and_how_long_instead_of_what(source: str, document: str, message: str) -> None:
    request = {"report_type": "GET_SALES_AND_TRAFFIC_REPORT"} if source == "sales_and_traffic" else None
    refusal = try_document(REPORTS[source], None, document.encode(), request=request).refusal
    assert refusal
    assert message in refusal.message
    assert "anary" not in refusal.message.replace("&canary;", "")
