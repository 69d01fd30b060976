"""The environment of a function, checked at cold start.

So a missing variable fails the first call after a deployment, not the thousandth.
"""

from __future__ import annotations

import os


class SettingMissing(RuntimeError):
    """An environment variable that the function needs is not set."""


def setting(name: str) -> str:
    """A variable that must be set."""
    value = os.environ.get(name, "")
    if not value:
        raise SettingMissing(
            f"the environment variable {name} is not set: Terraform, or Lambda itself, gives it to the function"
        )
    return value


def log_level() -> str:
    """The level from which on log lines are kept, by Lambda's name."""
    return os.environ.get("LOG_LEVEL") or "INFO"


def quota_scale() -> float:
    """What multiplies all quotas: 1 on AWS, more in the local cloud."""
    text = os.environ.get("QUOTA_SCALE") or "1"
    scale = float(text)
    if scale <= 0:
        raise SettingMissing(f"QUOTA_SCALE must be above zero, not {text}")
    return scale


def positive(name: str, default: int) -> int:
    """A whole number above zero, with a default."""
    value = int(os.environ.get(name) or default)
    if value <= 0:
        raise SettingMissing(f"{name} must be above zero, not {value}")
    return value


def whole(name: str) -> int:
    """A whole number, zero or more, that must be set."""
    text = setting(name)
    if not text.isdecimal():
        raise SettingMissing(f"{name} must be a whole number, not {text}")
    return int(text)
