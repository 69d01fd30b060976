"""Where Terraform's provider comes from on a machine that cannot ask the registry: a folder that only its owner fills.

A provider is a program that runs with the caller's rights. So it is taken from few folders, only where neither a folder
nor the file can be changed by others, and Terraform compares it with terraform/.terraform.lock.hcl.
"""

import os
import platform
import stat
from collections.abc import Iterable
from pathlib import Path

FOLDERS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/tf-plugins",
)
"""Where Terraform itself looks for unpacked providers (CLI configuration, "Implied local mirrors"), and /opt."""


def find_plugins(folders: Iterable[str] = FOLDERS) -> Path | None:
    """Return the first of `folders` with hashicorp/aws for this platform that nobody else may change; None without one.

    With None Terraform asks its registry, or what its own configuration file names.
    """
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    for folder in (Path(folder).expanduser() for folder in folders):
        try:
            providers = list(folder.glob(f"*/hashicorp/aws/*/{system}_{machine}"))
            if providers and all(_only_of_the_owner(provider) for provider in providers):
                return folder
        except OSError:
            continue
    return None


def _only_of_the_owner(provider: Path) -> bool:
    """Whether root or the user owns the provider's files and all folders above, and nobody else can replace one."""
    real = provider.resolve()
    below, above = (real, *real.rglob("*")), real.parents
    return all(_is_kept(path) for path in below) and all(_is_kept(path, may_be_sticky=True) for path in above)


def _is_kept(path: Path, *, may_be_sticky: bool = False) -> bool:
    found = path.stat()
    writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    # In a folder with the sticky bit others can add files, but not replace ours.
    return found.st_uid in {0, os.getuid()} and (not writable or (may_be_sticky and bool(found.st_mode & stat.S_ISVTX)))
