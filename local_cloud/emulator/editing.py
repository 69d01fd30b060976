"""How a patch gets into an emulator: by wrapping a function, replacing it, or editing its source.

A wrapper is the rule. An edit is for a value that exists only inside a function, and is one expression; the patch says
why a wrapper cannot do it. All fail at start when the emulator has no such function or text, so that an update of the
emulator cannot disable a patch unnoticed. Edits and wrappers of one function may come in any order, because wrappers
call whatever the function's text has become.
"""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

_sources: dict[tuple[str, str], str] = {}
_innermost: dict[tuple[str, str], Callable[..., Any]] = {}


class PatchDoesNotFitError(Exception):
    """The emulator's source is not the one this patch was written for."""


def edit(module: ModuleType, name: str, *replacements: tuple[str, str], **names: Any) -> None:
    """Replace pieces of a function's source and compile it again.

    Each replacement is (old text, new text), and the old text must occur exactly once. `names` are values that the new
    text refers to; they are put into the function's module. Raises PatchDoesNotFitError.
    """
    key = (module.__name__, name)
    function = _innermost.get(key) or getattr(module, name)
    source = _sources.get(key) or inspect.getsource(function)
    for old, new in replacements:
        if source.count(old) != 1:
            raise PatchDoesNotFitError(
                f"{module.__name__}.{name} has this text {source.count(old)} times instead of once: {old!r}"
            )
        source = source.replace(old, new)
    _sources[key] = source
    module.__dict__.update(names)
    compiled: dict[str, Any] = {}
    exec(compile(source, f"<patched {module.__name__}.{name}>", "exec"), module.__dict__, compiled)  # noqa: S102 - the emulator's own source
    if key in _innermost:
        _innermost[key] = compiled[name]
    else:
        setattr(module, name, compiled[name])


def replace(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Put another function in the place of one that must exist and has no other patch."""
    key = (module.__name__, name)
    if not callable(getattr(module, name, None)) or key in _sources or key in _innermost:
        raise PatchDoesNotFitError(f"{module.__name__}.{name} does not exist or is patched already")
    setattr(module, name, replacement)


def wrap(module: ModuleType, name: str, wrapper: Callable[..., Any]) -> None:
    """Call `wrapper(inner, *arguments)` in the place of a function.

    `inner` is the function as it was, with every edit of its text.
    """
    key = (module.__name__, name)
    current: Callable[..., Any] = getattr(module, name)
    if key not in _innermost:
        _innermost[key] = current

        def innermost(*arguments: Any, **keywords: Any) -> Any:
            return _innermost[key](*arguments, **keywords)

        inner = innermost
    else:
        inner = current

    @functools.wraps(current)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        return wrapper(inner, *arguments, **keywords)

    setattr(module, name, wrapped)


def replace_method(owner: type, name: str, replacement: Callable[..., Any]) -> Callable[..., Any]:
    """Put a function in the place of a method that must exist; the method it replaces."""
    inner: Callable[..., Any] | None = getattr(owner, name, None)
    if inner is None:
        raise PatchDoesNotFitError(f"{owner.__module__}.{owner.__name__} has no method {name}")
    setattr(owner, name, replacement)
    return inner


def add_methods(owner: type, **methods: Callable[..., Any]) -> None:
    """Give a class methods that it must not have yet."""
    for name, method in methods.items():
        if hasattr(owner, name):
            raise PatchDoesNotFitError(f"{owner.__module__}.{owner.__name__} has a method {name} already")
        setattr(owner, name, method)
