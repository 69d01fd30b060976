"""Java gets the jars that were locked, whatever lies in the cache or comes from outside."""

import hashlib
import shutil
import stat
from pathlib import Path

import pytest

from local_cloud.emulator.glue import jars, spark

CONTENT = b"the locked jar"
JAR = jars.Jar("org.example", "iceberg", "1.0", hashlib.sha256(CONTENT).hexdigest())


class Repository:
    """A repository of jars that counts its calls."""

    def __init__(self, content: bytes) -> None:
        self.content, self.calls = content, 0

    def __call__(self, _jar: jars.Jar, target: Path) -> None:
        """Serve a jar."""
        self.calls += 1
        target.write_bytes(self.content)


def test_a_jar_is_fetched_once(tmp_path: Path) -> None:
    repository, environment = Repository(CONTENT), {"XDG_CACHE_HOME": str(tmp_path)}
    first = jars.checked(environment, repository, [JAR])
    assert jars.checked(environment, repository, [JAR]) == first
    assert repository.calls == 1
    assert first[0].read_bytes() == CONTENT


def test_another_jar_from_outside_is_refused_and_not_kept(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    with pytest.raises(jars.JarError, match=r"is not the iceberg-1\.0\.jar that was locked"):
        jars.checked(environment, Repository(b"planted"), [JAR])
    assert not (jars.cache_folder(environment) / "jars" / JAR.file).exists()
    assert jars.checked(environment, Repository(CONTENT), [JAR])


def test_a_jar_that_was_changed_since_is_refused(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    (path,) = jars.checked(environment, Repository(CONTENT), [JAR])
    path.write_bytes(b"planted")
    with pytest.raises(jars.JarError, match="Delete the file"):
        jars.checked(environment, Repository(CONTENT), [JAR])


def test_nobody_else_may_write_where_the_jars_are(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    (path,) = jars.checked(environment, Repository(CONTENT), [JAR])
    assert stat.S_IMODE(path.parents[1].stat().st_mode) == 0o700


@pytest.mark.skipif(not shutil.which("java"), reason="Ivy runs on Java")
def test_without_a_repository_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(
        f'<ivysettings><settings defaultResolver="none"/><resolvers><filesystem name="none">'
        f'<artifact pattern="{tmp_path}/none/[artifact].[ext]"/></filesystem></resolvers></ivysettings>'
    )
    fetch = jars.ivy(shutil.which("java") or "java", spark.spark_home() / "jars", str(settings))
    with pytest.raises(jars.JarError, match=r"iceberg-1\.0\.jar could not be fetched .*IVY_SETTINGS"):
        fetch(JAR, tmp_path / JAR.file)
