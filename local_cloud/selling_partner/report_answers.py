"""How a report ends: with a supplied document, a refusal by Amazon's rules, or a document of the world."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime

from local_cloud.selling_partner.given_documents import GivenDocument, GivenDocuments
from local_cloud.selling_partner.models import model
from local_cloud.selling_partner.report import Report
from local_cloud.selling_partner.report_rules import TOO_SOON, Verdict, fatal, judge
from local_cloud.world.business import Question
from local_cloud.world.documents import PRODUCERS


@dataclass(frozen=True)
class Answer:
    """The status with which a report ends, and its document, gzip-compressed; None without one."""

    status: str
    compressed: bytes | None = None
    content_type: str = ""


class ReportAnswers:
    """Answers questions, and remembers when each was answered for the report types with a shortest interval.

    `quota_scale` divides these intervals.
    """

    def __init__(self, given: GivenDocuments, *, seed: int, quota_scale: float) -> None:
        self._given = given
        self._seed = seed
        self._quota_scale = quota_scale
        self._answered: dict[tuple[object, ...], datetime] = {}

    def given(self, report: Report) -> GivenDocument | None:
        """Return the supplied document that fits a report, as the folder is now."""
        report_format = model("report_types")[report.report_type]["format"]
        return self._given.find(self._question(report, report.created), report_format)

    def answer(self, report: Report, asked_at: datetime, given: GivenDocument | None) -> Answer:
        """Answer a report as of a moment."""
        if given is not None:
            return Answer(given.processing_status, given.compressed, given.content_type)
        question = self._question(report, asked_at)
        verdict = judge(question) or self._too_soon(question) or self._produced(question)
        compressed = None if verdict.content is None else gzip.compress(verdict.content, mtime=0)
        return Answer(verdict.status, compressed, verdict.content_type)

    def _produced(self, question: Question) -> Verdict:
        producer = PRODUCERS.get(question.report_type)
        document = producer(question) if producer else None
        if document is None:
            return Verdict("CANCELLED")
        self._answered[_repeat_key(question)] = question.asked_at
        return Verdict("DONE", document.content, document.content_type)

    def _too_soon(self, question: Question) -> Verdict | None:
        if question.report_type not in TOO_SOON:
            return None
        interval, ending, _ = TOO_SOON[question.report_type]
        before = self._answered.get(_repeat_key(question))
        if before is None or question.asked_at - before >= interval / self._quota_scale:
            return None
        return (
            fatal("The report was requested too soon after the previous one.") if ending == "FATAL" else Verdict(ending)
        )

    def _question(self, report: Report, asked_at: datetime) -> Question:
        """The question that a report puts to the world.

        A range without an end ends now (model: "The default is now"); one without a start is left to the rules of its
        type.
        """
        business = report.account.business(self._seed)
        asked = asked_at.replace(microsecond=0)
        end = report.end or (asked if report.start else None)
        return Question(
            business, report.report_type, report.marketplace_ids, report.options, report.start, end, asked_at=asked
        )


def _repeat_key(question: Question) -> tuple[object, ...]:
    whole_type = question.report_type in TOO_SOON and TOO_SOON[question.report_type][2]
    rest = (
        ()
        if whole_type
        else (question.marketplace_ids, question.start, question.end, tuple(sorted(question.options.items())))
    )
    return question.business, question.report_type, *rest
