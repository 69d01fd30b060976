"""Iceberg's jars: fetched once, and put before Java only if they are the ones that were locked here.

They lie in a cache folder of the user, so each use checks them again: whoever can write there runs code in the job.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 600


class JarError(RuntimeError):
    """A jar cannot be had, or is not the one that was locked; the message says which, and what to do."""


@dataclass(frozen=True)
class Jar:
    """One jar of Maven Central, and the SHA-256 of its bytes."""

    organisation: str
    module: str
    revision: str
    sha256: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.module}-{self.revision}.jar"


ICEBERG = (
    Jar(
        "org.apache.iceberg",
        "iceberg-spark-runtime-3.5_2.12",
        "1.10.0",
        "70f9471870b2d456167d703c829f098a446b86bb1379eee338c0efa03a341026",
    ),
    Jar(
        "org.apache.iceberg",
        "iceberg-aws-bundle",
        "1.10.0",
        "172370cfc32a5f1ae5399b210e86fc04a366dc29a112d97ac8ffc74df7525596",
    ),
)
"""Glue 5.1's Iceberg. A new version: change it here, and take the digests that the refusals print after comparing them
with the ones that the project publishes."""

Fetch = Callable[[Jar, Path], None]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """The folder of what is fetched or made once per user; nobody else may write there."""
    home = Path(environment.get("HOME", "~")).expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "selling-partner-lake"


def checked(environment: Mapping[str, str], fetch: Fetch, jars: Sequence[Jar] = ICEBERG) -> list[Path]:
    """The files of `jars`, each with the locked content; missing ones are fetched. Raises JarError."""
    cache = cache_folder(environment)
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache.chmod(0o700)
    folder = cache / "jars"
    folder.mkdir(exist_ok=True)
    with _alone(folder):
        return [_checked(jar, folder, fetch) for jar in jars]


def ivy(java: str, classes: Path, settings: str | None = None) -> Fetch:
    """Return how to fetch a jar with Ivy, which Spark brings in the folder `classes`.

    `settings`: a file of Ivy's settings, for a mirror of Maven Central. Ivy's cache of the user is not used.
    """

    def fetch(jar: Jar, target: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="ivy-") as folder:
            command = [java, "-cp", f"{classes}/*", "org.apache.ivy.Main", "-warn", "-cache", folder]
            command += ["-settings", settings] if settings else []
            command += ["-dependency", jar.organisation, jar.module, jar.revision, "-confs", "default", "-types", "jar"]
            command += ["-retrieve", f"{folder}/[artifact]-[revision].[ext]"]
            run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
            fetched = Path(folder) / jar.file
            if run.returncode or not fetched.is_file():
                said = [line.strip() for line in f"{run.stdout}\n{run.stderr}".splitlines() if line.strip()]
                raise JarError(
                    f"{jar.file} could not be fetched from Maven Central ({said[-1] if said else 'Ivy said nothing'}):"
                    f" connect this machine, name a mirror's Ivy settings in IVY_SETTINGS, or put the file at {target}"
                )
            shutil.move(fetched, target)

    return fetch


def _checked(jar: Jar, folder: Path, fetch: Fetch) -> Path:
    path = folder / jar.file
    if not path.is_file():
        fetched = path.with_suffix(f".{os.getpid()}")
        fetch(jar, fetched)
        _refuse_another(jar, fetched)
        fetched.replace(path)
    _refuse_another(jar, path)
    return path


def _refuse_another(jar: Jar, path: Path) -> None:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != jar.sha256:
        raise JarError(
            f"{path} is not the {jar.file} that was locked: its SHA-256 is {found} instead of {jar.sha256}."
            f" Delete the file to fetch it again; if it stays another one, do not run it"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
