"""What is uploaded: the functions' zip, the Glue script with its package, and the wheels that Glue lacks.

`python -m operations.deployment.package` (or `make package`) writes to build/:

    functions.zip        our packages of functions/ and requests with its dependencies and time zones, pure Python
    glue/curate.py       the job's script
    glue/curation.zip    the package that the script imports
    glue/wheels.zip      Great Expectations and what it needs beyond Glue's own modules

Two builds of the same sources give the same bytes.
"""

import argparse
import sys
from pathlib import Path

from operations.deployment.archives import package_files, write_archive
from operations.deployment.distributions import pure_python_files, with_dependencies
from operations.deployment.wheels import build_wheels, write_placeholder
from operations.errors import OperationsError

ROOT = Path(__file__).resolve().parents[2]
# What the functions import beside the standard library, our packages, and boto3, which the Lambda runtime brings.
FUNCTION_REQUIREMENTS = ("requests", "tzdata")
FUNCTION_PYTHON = "3.13"
"""The functions' runtime (terraform/modules/function). The local cloud runs them with this machine's Python."""


def build_functions(sources: Path, target: Path) -> Path:
    """Write the zip of all Lambda functions: each package of `sources` at its root, beside their dependencies."""
    entries: dict[str, bytes] = {}
    for distribution in with_dependencies(FUNCTION_REQUIREMENTS, FUNCTION_PYTHON).values():
        entries.update(pure_python_files(distribution))
    for package in sorted(path.parent for path in sources.glob("*/__init__.py")):
        entries.update(package_files(package, inside=f"{package.name}/"))
    write_archive(target, entries)
    return target


def build_glue(sources: Path, target: Path) -> tuple[Path, Path]:
    """Write the Glue script and the zip of the package `curation` into the folder `target`; returns both paths."""
    target.mkdir(parents=True, exist_ok=True)
    script = target / "curate.py"
    script.write_bytes((sources / "curate.py").read_bytes())
    package = target / "curation.zip"
    write_archive(package, package_files(sources / "curation", inside="curation/"))
    return script, package


def build(output: Path, *, root: Path = ROOT, wheels: bool = True) -> list[Path]:
    """Write everything below `output` and return the paths.

    Without `wheels` their archive is a placeholder, which the local cloud never opens.
    """
    functions = build_functions(root / "functions", output / "functions.zip")
    script, package = build_glue(root / "glue_jobs", output / "glue")
    archive = output / "glue" / "wheels.zip"
    if wheels:
        build_wheels(archive)
    else:
        write_placeholder(archive)
    return [functions, script, package, archive]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.deployment.package", description="Build what Terraform uploads."
    )
    parser.add_argument("--output", type=Path, default=ROOT / "build", help="folder to write to (default: build)")
    parser.add_argument(
        "--without-wheels",
        action="store_true",
        help="skip the wheels for Glue: enough for the local cloud, refused by nothing but a real Glue job",
    )
    options = parser.parse_args(arguments)
    try:
        written = build(options.output, wheels=not options.without_wheels)
    except OperationsError as error:
        sys.stderr.write(f"package: {error}\n")
        return 1
    for path in written:
        sys.stdout.write(f"{path}  {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
