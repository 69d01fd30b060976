"""What is shown: tables and sentences for people, JSON for programs; nothing in it steers the terminal."""

import os
import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from operations.printable import printable, printable_json


class PlainConsole(Console):
    """A console that takes no text for instructions: no markup, no emoji codes, no escape sequences.

    Views write values as `cell` makes them, so that columns are as wide as what is shown. What they overlook is made
    printable here, on its way to the screen.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
        """Yield the segments of `renderable`, printable."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else printable(segment.text, kept="\n")
            yield Segment(text, segment.style, segment.control)


def cell(value: object, style: str = "") -> Text:
    """A value from outside as a table shows it: as it is, whatever it holds."""
    return Text(printable(str(value), kept="\n"), style=style)


def console() -> PlainConsole:
    """A console on the present standard output; where that is no terminal, wide enough for a table."""
    known_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    return PlainConsole(file=sys.stdout, width=None if known_width else 160)


def print_json(value: object) -> None:
    """Print `value` as JSON on standard output."""
    sys.stdout.write(printable_json(value, indent=2) + "\n")
