"""A port of which some calls fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Faulty:
    """The calls of one method of a port, made with arguments that mention a text, raise; all others go through."""

    def __init__(self, port: Any, method: str, mentioning: str, error: Exception) -> None:
        self._port, self._method, self._mentioning, self._error = port, method, mentioning, error
        self.raised = 0

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        return self._failing(attribute) if name == self._method else attribute

    def _failing(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self._mentioning in repr((arguments, named)):
                self.raised += 1
                raise type(self._error)(*self._error.args)
            return method(*arguments, **named)

        return call
