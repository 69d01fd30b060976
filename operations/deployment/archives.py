"""Deterministic zip archives: the same files give the same bytes, so that Terraform sees real changes only."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

# The earliest time a zip can hold. A real modification time would change the hash with every checkout.
EPOCH = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100644 << 16
LEFT_OUT_FOLDERS = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
LEFT_OUT_SUFFIXES = {".pyc", ".pyo"}


def write_archive(target: Path, entries: Mapping[str, bytes], *, comment: str = "", compress: bool = True) -> None:
    """Write `entries` (name in the archive -> content) to `target`, sorted by name.

    The file appears whole or not at all.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    try:
        with zipfile.ZipFile(partial, "w", method) as archive:
            for name in sorted(entries):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.external_attr = REGULAR_FILE
                entry.compress_type = method
                archive.writestr(entry, entries[name])
            archive.comment = comment.encode()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def archive_comment(archive: Path) -> str | None:
    """Return the comment of a zip, or None where there is no readable zip."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.comment.decode()
    except (FileNotFoundError, zipfile.BadZipFile):
        return None


def package_files(folder: Path, *, inside: str = "") -> dict[str, bytes]:
    """Return the files below `folder` by name in an archive, under `inside`, without caches and compiled Python."""
    files: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if not path.is_file() or LEFT_OUT_FOLDERS.intersection(relative.parts) or path.suffix in LEFT_OUT_SUFFIXES:
            continue
        files[f"{inside}{relative.as_posix()}"] = path.read_bytes()
    return files
