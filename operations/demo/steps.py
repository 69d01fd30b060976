"""The list of steps on the screen: what is done, how long it took, and where the present one is.

On a terminal the list is drawn in place; elsewhere (a log, CI) each step is one plain line when it ends.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from operations.command.application import clear_errors


class StepFailedError(Exception):
    """A step failed: which, why, and where the log is."""

    def __init__(self, title: str, reason: str, log: Path | None) -> None:
        super().__init__(f"{title}: {reason}" + (f" (log: {log})" if log else ""))
        self.title, self.reason, self.log = title, reason, log


@dataclass
class Step:
    """One step; `detail` is its progress or outcome in a few words, `log` the file it writes to."""

    title: str
    detail: str = ""
    log: Path | None = None
    started: float | None = None
    seconds: float | None = None
    failed: bool = False

    def say(self, detail: str) -> None:
        """Show `detail` beside the step."""
        self.detail = detail


class Steps:
    """Runs steps one after the other and shows them."""

    def __init__(self, titles: list[str], console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps = [Step(title) for title in titles]
        self.console, self.clock = console, clock
        self.began = clock()
        self._spinner = Spinner("dots")
        self._live = Live(self, console=console, refresh_per_second=5, transient=False) if console.is_terminal else None

    @property
    def elapsed(self) -> float:
        """Seconds since the list was made."""
        return self.clock() - self.began

    def __enter__(self) -> "Steps":
        """Begin to draw."""
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing; the list stays on the screen."""
        if self._live:
            self._live.__exit__(None, None, None)

    @contextmanager
    def run(self, title: str, log: Path | None = None) -> Iterator[Step]:
        """Run the body as the step `title`. What it raises becomes a StepFailedError with the step's name and log."""
        step = next(step for step in self.steps if step.title == title)
        step.started, step.log = self.clock(), log
        try:
            with clear_errors():
                yield step
        except Exception as error:
            step.failed = True
            raise StepFailedError(
                title, str(error) or type(error).__name__, getattr(error, "log", None) or step.log
            ) from error
        finally:
            step.seconds = self.clock() - step.started
            if not self._live:
                self._print(step)

    def _print(self, step: Step) -> None:
        number = f"{self.steps.index(step) + 1}/{len(self.steps)}".rjust(5)
        mark = "FAILED" if step.failed else "ok"
        self.console.print(
            f"{number}  {step.title:<28} {mark:<6} {step.seconds or 0:6.1f} s  {step.detail}".rstrip(),
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        """Draw the list."""
        table = Table.grid(padding=(0, 2))
        for step in self.steps:
            table.add_row(
                self._mark(step),
                Text(step.title, style="" if step.started is not None else "dim"),
                self._time(step),
                Text(step.detail, style="dim"),
            )
        yield table

    def _mark(self, step: Step) -> Text | Spinner:
        if step.failed:
            return Text("✗", style="bold red")
        if step.seconds is not None:
            return Text("✓", style="bold green")
        return self._spinner if step.started is not None else Text("·", style="dim")

    def _time(self, step: Step) -> Text:
        if step.started is None:
            return Text("")
        return Text(
            f"{(step.seconds if step.seconds is not None else self.clock() - step.started):6.1f} s", style="cyan"
        )
