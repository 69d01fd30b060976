"""Which patches are applied."""

import os
from collections.abc import Callable, Iterable

Patch = Callable[[], None]
"""A function that changes an emulator in this process; its name is the patch's name."""


def apply(patches: Iterable[Patch]) -> set[str]:
    """Apply patches in this order; the names of those left out.

    LOCAL_CLOUD_WITHOUT (names, separated by commas) says which ones are left out.
    """
    unwanted = {name.strip() for name in os.environ.get("LOCAL_CLOUD_WITHOUT", "").split(",") if name.strip()}
    left_out: set[str] = set()
    for patch in patches:
        if patch.__name__ in unwanted:
            left_out.add(patch.__name__)
        else:
            patch()
    return left_out
