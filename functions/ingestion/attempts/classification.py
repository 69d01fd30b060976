"""Why Amazon did not deliver: the text of a FATAL report's explanation (or of a refusal) sorted into what to do about
it.

Amazon publishes no list of these texts. The phrases come from its documentation, its support answers and public issues;
a text that matches nothing is treated as something that may pass, is asked again a bounded number of times and then
given up with the text as the reason.
"""

from __future__ import annotations

import json
import re
from enum import StrEnum


class Refusal(StrEnum):
    """What kind of no it was."""

    NOT_YET_PUBLISHED = "not_yet_published"
    ASKED_TOO_SOON = "asked_too_soon"
    BAD_QUESTION = "bad_question"
    NOT_ENTITLED = "not_entitled"
    UNEXPLAINED = "unexplained"


_PHRASES: tuple[tuple[Refusal, str], ...] = (
    (
        Refusal.NOT_ENTITLED,
        (
            r"not (?:authori[sz]ed|entitled|eligible|enrolled|permitted|registered)|(?:do|does) not have (?:access|permission)"
            r"|access (?:is |to .* )?denied|permission|brand registry"
        ),
    ),
    (
        Refusal.ASKED_TOO_SOON,
        r"too (?:soon|frequent|many)|already (?:been )?requested|requested (?:more than )?once|once (?:per|every)|within the last \d+|please wait",
    ),
    (
        Refusal.NOT_YET_PUBLISHED,
        (
            r"not (?:yet )?(?:been )?(?:available|published|ready|generated|complete)|unavailable|try again later|\d+ hours? after|not before"
            r"|in the future|later than the (?:latest|most recent)|data for .* (?:is|are) not"
        ),
    ),
    (
        Refusal.BAD_QUESTION,
        (
            r"requires? |required|must |should |invalid|not (?:a )?(?:valid|supported|allowed)|unsupported|unknown|reportoption|report option|date range"
            r"|exceed|aligned|mismatch|malformed"
        ),
    ),
)


def classify(text: str) -> Refusal:
    """The kind of refusal that a text tells of."""
    lowered = text.lower()
    for refusal, pattern in _PHRASES:
        if re.search(pattern, lowered):
            return refusal
    return Refusal.UNEXPLAINED


def explanation(content: bytes) -> str:
    """The readable part of an explanation document: JSON with `errorDetails` and the like, or plain text; at most 1,000
    characters on one line.
    """
    text = content.decode("utf-8", errors="backslashreplace")
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if isinstance(data, dict):
        told = [str(data[key]) for key in ("errorDetails", "errorMessage", "message", "error") if data.get(key)]
        text = "; ".join(told) or text
    return " ".join(text.split())[:1000]
