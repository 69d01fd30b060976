"""What the vendor analytics reports have in common."""

from __future__ import annotations

from datetime import date, timedelta

from local_cloud.world.business import Question
from local_cloud.world.restatement import SETTLES_AFTER, stage


def last_updated(question: Question) -> date:
    """Return the day of the last correction of the asked range.

    It is constant while nothing changes, so that equal figures are equal bytes.
    """
    end = question.dates()[1]
    corrections = stage(question.marketplace, end, question.asked_at)
    return end + timedelta(days=1 + (0, *SETTLES_AFTER)[corrections])
