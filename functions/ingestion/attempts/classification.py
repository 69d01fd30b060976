"""Sorting the text of a FATAL report's explanation, or of a refusal, into what to do about it.

Amazon publishes no list of these texts. The phrases come from its documentation, its support answers and public issues;
a text that matches nothing is treated as something that may pass: it is retried a few times and then given up with the
text as the reason (retries.py).
"""

from __future__ import annotations

import re
from enum import StrEnum


class Refusal(StrEnum):
    """Why Amazon did not deliver."""

    NOT_YET_PUBLISHED = "not_yet_published"
    ASKED_TOO_SOON = "asked_too_soon"
    BAD_QUESTION = "bad_question"
    NOT_ENTITLED = "not_entitled"
    UNEXPLAINED = "unexplained"


_PHRASES: dict[Refusal, str] = {
    Refusal.NOT_ENTITLED: (
        r"not (?:authori[sz]ed|entitled|eligible|enrolled|permitted|registered)"
        r"|(?:do|does) not have (?:access|permission)"
        r"|access (?:is |to .* )?denied|permission|brand registry"
    ),
    Refusal.ASKED_TOO_SOON: (
        r"too (?:soon|frequent|many)|already (?:been )?requested|requested (?:more than )?once|once (?:per|every)"
        r"|within the last \d+|please wait"
    ),
    Refusal.NOT_YET_PUBLISHED: (
        r"not (?:yet )?(?:been )?(?:available|published|ready|generated|complete)|unavailable|try again later"
        r"|\d+ hours? after|not before|in the future|later than the (?:latest|most recent)|data for .* (?:is|are) not"
    ),
    Refusal.BAD_QUESTION: (
        r"requires? |required|must |should |invalid|not (?:a )?(?:valid|supported|allowed)|unsupported|unknown"
        r"|reportoption|report option|date range|exceed|aligned|mismatch|malformed"
    ),
}
"""In the order in which they are tried: the first that matches decides."""


def classify(text: str) -> Refusal:
    """The kind of refusal that a text describes."""
    lowered = text.lower()
    for refusal, pattern in _PHRASES.items():
        if re.search(pattern, lowered):
            return refusal
    return Refusal.UNEXPLAINED
