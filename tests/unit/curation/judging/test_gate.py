"""The gate, with rules that are plain functions: which documents it stops, what it shows of them, what it counts."""

import json
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from curation.contracts.model import Column, Rule, Table
from curation.judging import gate
from curation.judging.expectations import Judged
from curation.judging.gate import Candidate, Verdict, judge, merged, rules_of, summary


def rule(name, severity="critical", expectation="column_values_to_be_valid", **more):
    per_document = more.pop("per_document", False)
    return Rule(name, expectation, severity, more or {"column": "open"}, per_document)


def table(*rules, **more):
    columns = (Column("open", "string"), Column("secret", "string", sensitivity="personal"), Column("count", "int"))
    return Table("orders", "d", "window", columns, rules=rules, **more)


@dataclass
class PlainJudge:
    """Judges frames that are lists of documents: a rule holds where its function of the frame says so."""

    holds: dict = field(default_factory=dict)
    samples: tuple = ()
    count: int | None = 3
    named: list | None = None
    judged: list = field(default_factory=list)

    def successes(self, table, frame, rules):
        assert table == "orders"
        self.judged += [(one.name, tuple(frame)) for one in rules]
        return [self.holds.get(one.name, lambda _: True)(frame) for one in rules]

    def details(self, table, frame, rules, samples):
        assert (table, samples) == ("orders", gate.SAMPLES)
        return [Judged(one, self.count, self.samples) for one in rules]

    def documents(self, table, frame, judged, most):
        assert (table, most) == ("orders", gate.MOST_INDEXED)
        return self.named

    def hold_for(self, rules, statistics):
        return [all(self.holds[one.name](row) for row in statistics) for one in rules]


def candidate(table, *documents, **more):
    return Candidate(table, list(documents), documents, list, **more)


def never(_):
    return False


def judged(judge_, *rules, documents=("a/1", "a/2"), **more):
    return judge(judge_, [candidate(table(*rules), *documents, **more)])


def test_a_critical_rule_stops_the_documents_it_names_and_a_warning_none():
    judgement = judged(PlainJudge({"r": never, "w": never}, named=["a/2"]), rule("r"), rule("w", "warning"), rule("s"))
    assert judgement.stopped == {"a/2": ["orders.r"]}
    assert [(one.rule.name, one.success, one.failing_documents) for one in judgement.verdicts] == [
        ("s", True, ()),
        ("r", False, ("a/2",)),
        ("w", False, ("a/2",)),
    ]
    assert [one.unexpected_count for one in judgement.verdicts] == [None, 3, 3]


def test_a_critical_rule_that_names_no_document_stops_them_all():
    assert judged(PlainJudge({"r": never}, named=[]), rule("r")).stopped == {"a/1": ["orders.r"], "a/2": ["orders.r"]}


def test_a_document_is_stopped_by_every_rule_it_breaks():
    judgement = judged(PlainJudge({"r": never, "s": never}, named=["a/1"]), rule("r"), rule("s"))
    assert judgement.stopped == {"a/1": ["orders.r", "orders.s"]}


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        ({"a/1"}, ("a/1",)),
        ({"a/5"}, ("a/5",)),
        ({"a/2", "a/4"}, ("a/2", "a/4")),
        ({"a/1", "a/2", "a/3", "a/4", "a/5"}, ("a/1", "a/2", "a/3", "a/4", "a/5")),
    ],
)
def test_documents_that_the_rule_does_not_name_are_found_by_halving(bad, found):
    documents = [f"a/{number}" for number in range(1, 6)]
    (verdict,) = judged(PlainJudge({"r": lambda frame: not bad & {*frame}}), rule("r"), documents=documents).verdicts
    assert verdict.failing_documents == found


def test_all_documents_fail_where_only_the_whole_batch_does():
    judge_ = PlainJudge({"r": lambda frame: len(frame) < 4})
    (verdict,) = judged(judge_, rule("r"), documents=("a/4", "a/1", "a/2", "a/3")).verdicts
    assert verdict.failing_documents == ("a/1", "a/2", "a/3", "a/4")


def test_no_rule_about_rows_is_judged_where_no_document_gave_rows():
    judge_ = PlainJudge({"r": never, "d": never})
    judgement = judged(
        judge_,
        rule("r"),
        rule("d", per_document=True),
        documents=(),
        statistics=({"source_document": "a/1", "records": 0},),
    )
    assert [one.rule.name for one in judgement.verdicts] == ["d"]
    assert judgement.stopped == {"a/1": ["orders.d"]}
    assert judge_.judged == []


def test_rules_about_documents_count_and_name_those_that_break_them():
    statistics = tuple({"source_document": f"a/{number}", "records": number} for number in (3, 2, 1))
    judge_ = PlainJudge({"few": lambda row: row["records"] < 2, "some": lambda row: row["records"] > 0})
    few, some = (rule(name, per_document=True) for name in ("few", "some"))
    judgement = judged(judge_, few, some, statistics=statistics)
    assert judgement.verdicts == [
        Verdict("orders", few, success=False, failing_documents=("a/2", "a/3"), unexpected_count=2),
        Verdict("orders", some, success=True),
    ]
    assert judged(judge_, few, some).verdicts == []


def shown(samples, **more):
    (verdict,) = judged(PlainJudge({"r": never}, samples=samples, named=["a/1"]), rule("r", **more)).verdicts
    return verdict.sample and json.loads(verdict.sample)


def test_samples_of_a_query_show_counts_and_open_columns_and_nothing_personal():
    rows = (
        {"open": "x", "secret": "Ann", "nobody_described": "Ann", "count": 2, "number_of_rows": 7},
        {"secret": None},
    )
    assert shown(rows, query="SELECT") == [
        {"open": "x", "secret": "***", "nobody_described": "***", "count": 2, "number_of_rows": 7},
        {"secret": "***"},
    ]


@pytest.mark.parametrize(
    ("arguments", "is_open"),
    [
        ({"column": "open"}, True),
        ({"column": "secret"}, False),
        ({"column_A": "open", "column_B": "count"}, True),
        ({"column_A": "open", "column_B": "secret"}, False),
        ({"column_A": "secret", "column_B": "open"}, False),
        ({"column_list": ["open", "count"]}, True),
        ({"column_list": ["open", "secret"]}, False),
        ({"column": "open", "column_list": ["secret"]}, False),
        ({"value": 5}, False),
    ],
)
def test_samples_of_columns_are_shown_where_all_columns_of_the_rule_are_open(arguments, is_open):
    assert shown(("Änn", 5), **arguments) == (["Änn", 5] if is_open else ["***", "***"])


def test_samples_are_readable_text_and_absent_where_there_are_none():
    judge_ = PlainJudge({"r": never}, samples=("Änn", datetime(2026, 11, 1)), named=["a/1"])  # noqa: DTZ001 - as in tables
    assert judged(judge_, rule("r")).verdicts[0].sample == '["Änn", "2026-11-01 00:00:00"]'
    assert shown(()) is None


def test_a_declared_key_is_a_rule_before_all_others():
    keyed = table(rule("r"), key=("open", "account_id"))
    implied, own = rules_of(keyed)
    assert own.name == "r"
    assert (implied.name, implied.expectation, implied.severity) == ("key_is_unique", "unexpected_rows", "critical")
    columns = "`account_id`, `marketplace_id`, `request_variant`, `request_window`, `open`"
    assert implied.arguments["query"] == (
        f"SELECT min(source_document) AS source_document, {columns}, count(*) AS number_of_rows"
        f" FROM {{batch}} GROUP BY {columns} HAVING count(*) > 1"
    )
    assert [one.name for one in rules_of(table(rule("r")))] == ["r"]


def test_a_query_may_name_other_tables_of_the_contract():
    queries = []

    class Reading(PlainJudge):
        def successes(self, table, frame, rules):
            queries.extend(one.arguments for one in rules)
            return super().successes(table, frame, rules)

    asked = rule("r", query="SELECT * FROM {batch} JOIN {items} USING (a)", description="d")
    judged(Reading(), asked, rule("s"), views={"items": "view_1", "orders": "view_2"})
    assert queries == [
        {"query": "SELECT * FROM {batch} JOIN view_1 USING (a)", "description": "d"},
        {"column": "open"},
    ]


def test_a_verdict_is_a_row_of_the_quality_results():
    at = datetime(2026, 11, 1)  # noqa: DTZ001 - as in tables
    failed = Verdict(
        "orders", rule("r"), success=False, failing_documents=("a/1", "a/2"), unexpected_count=3, sample="[]"
    )
    assert failed.row("run-1", at) == {
        "run_id": "run-1",
        "table_name": "orders",
        "rule": "r",
        "expectation": "column_values_to_be_valid",
        "column_name": "open",
        "severity": "critical",
        "success": False,
        "failing_documents": '["a/1", "a/2"]',
        "unexpected_count": 3,
        "sample": "[]",
        "judged_at": at,
    }
    assert Verdict("orders", rule("r"), success=True).row("run-1", at)["failing_documents"] is None


def test_a_rule_that_failed_once_stays_failed_with_all_documents_it_named():
    def verdict(name, *documents):
        return Verdict("orders", rule(name), success=not documents, failing_documents=documents)

    found = merged(
        [verdict("r", "a/2"), verdict("s"), verdict("t"), verdict("r"), verdict("s", "a/3"), verdict("r", "a/1", "a/2")]
    )
    assert found == [verdict("r", "a/1", "a/2"), verdict("s", "a/3"), verdict("t")]
    other = Verdict("items", rule("r"), success=True)
    assert merged([verdict("r", "a/2"), other]) == [verdict("r", "a/2"), other]


def test_a_summary_counts_rules_that_hold_critical_failures_and_warnings():
    verdicts = [
        Verdict("orders", rule("r"), success=True),
        Verdict("orders", rule("s", "warning"), success=True),
        Verdict("orders", rule("t"), success=False),
        *[Verdict("orders", rule("u", "warning"), success=False)] * 3,
    ]
    assert summary(verdicts) == {"passed": 2, "failed": 1, "warnings": 3}
    assert summary([]) == {"passed": 0, "failed": 0, "warnings": 0}
