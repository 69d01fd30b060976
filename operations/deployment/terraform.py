"""Terraform, run for the local cloud: for the demo and for the end-to-end tests.

Terraform works on a copy of its sources in a folder of the cloud, so that its state does not enter the source tree:

    {work}/terraform/          copy of the sources, and the provider of environments/provider.tf
    {work}/data/               providers and modules
    {work}/terraform.tfstate   the state
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.deployment.plugins import find_plugins
from operations.errors import OperationsError

ROOT = Path(__file__).resolve().parents[2]
# What the user of a real account adds to the sources (terraform/README.md); `environments/provider.tf` is copied anew.
OF_A_DEPLOYMENT = ("backend.tf",)
CREDENTIALS_OF_THE_USER = {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
PLANNED = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")
CHANGE = re.compile(r"^  # (\S+) ((?:will|must) be .+)$")
FINISHED = re.compile(r": (Creation|Modifications|Destruction) complete after")

CONTEXT = re.compile(r"(with |on .* line )")

Progress = Callable[[int, int], None]


class TerraformError(OperationsError):
    """Terraform failed; `log` is the file of its whole output."""

    def __init__(self, message: str, log: Path) -> None:
        super().__init__(message)
        self.log = log


@dataclass(frozen=True)
class Deployment:
    """One working copy of the Terraform sources, its state, and the cloud it is applied to.

    `work` is the folder described above; `environment` points the AWS provider at the local cloud. `contracts` and
    `build` are None where the sources take neither.
    """

    work: Path
    environment: Mapping[str, str]
    log: Path
    contracts: Path | None = ROOT / "contracts"
    build: Path | None = ROOT / "build"
    sources: Path = ROOT / "terraform"

    @property
    def state(self) -> Path:
        """The state file."""
        return self.work / "terraform.tfstate"

    def forget(self) -> None:
        """Drop the state: the cloud it describes is gone."""
        for path in self.work.glob("terraform.tfstate*"):
            path.unlink()

    def initialise(self) -> Path | None:
        """Copy the sources and fetch the provider; return the plug-in folder it came from, None for the registry."""
        self._copy()
        plugins = find_plugins()
        arguments = ["init", "-input=false", "-no-color", "-backend=false"]
        if plugins and self._run([*arguments, f"-plugin-dir={plugins}"], check=False) == 0:
            return plugins
        self._run(arguments)
        return None

    def apply(
        self, variables: Mapping[str, Any], *, variable_files: Iterable[Path] = (), progress: Progress | None = None
    ) -> None:
        """Apply the configuration; `progress` is called with (resources done, resources planned)."""
        places = {}
        if self.contracts and self.build:
            places = {
                "contracts_directory": self.contracts,
                "contracts_bundle": self.build / "contracts.json",
                "package_directory": self.build,
            }
        given = self.work / "given.tfvars.json"
        given.write_text(
            json.dumps({**{name: str(path.resolve()) for name, path in places.items()}, **variables}, indent=2),
            encoding="utf-8",
        )
        files = [f"-var-file={path.resolve()}" for path in (*variable_files, given)]
        planned, done = 0, 0

        def listen(line: str) -> None:
            nonlocal planned, done
            if match := PLANNED.search(line):
                planned = sum(map(int, match.groups()))
            elif FINISHED.search(line):
                done += 1
            else:
                return
            if progress:
                progress(min(done, planned), planned)

        self._run(
            [
                "apply",
                "-input=false",
                "-no-color",
                "-auto-approve",
                "-parallelism=30",
                f"-state={self.state.resolve()}",
                *files,
            ],
            listen=listen,
        )

    def plan(self, *, variable_files: Iterable[Path] = ()) -> list[str]:
        """Return what a plan with the variables of the last `apply` would change: none when nothing has drifted."""
        files = [f"-var-file={path.resolve()}" for path in (*variable_files, self.work / "given.tfvars.json")]
        changed: list[str] = []

        def listen(line: str) -> None:
            if match := CHANGE.search(line):
                changed.append(f"{match[1]} {match[2]}")

        self._run(["plan", "-input=false", "-no-color", f"-state={self.state.resolve()}", *files], listen=listen)
        return changed

    def outputs(self) -> dict[str, Any]:
        """Return what `terraform output -json` prints."""
        command = [
            _terraform(),
            f"-chdir={self.work / 'terraform'}",
            "output",
            "-json",
            f"-state={self.state.resolve()}",
        ]
        finished = subprocess.run(command, env=self._environment(), capture_output=True, text=True, check=False)
        if finished.returncode:
            raise TerraformError(f"terraform output failed: {_last_error(finished.stderr)}", self.log)
        outputs: dict[str, Any] = json.loads(finished.stdout)
        return outputs

    def _copy(self) -> None:
        target = self.work / "terraform"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            self.sources,
            target,
            ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "tests", *OF_A_DEPLOYMENT),
        )
        if (target / "environments").is_dir():
            shutil.copy(target / "environments" / "provider.tf", target)

    def _environment(self) -> dict[str, str]:
        own = {"TF_DATA_DIR": str((self.work / "data").resolve()), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        # The user's own credentials would win over the profile of the local cloud.
        of_the_user = CREDENTIALS_OF_THE_USER if self.environment else set()
        return {
            **{name: value for name, value in os.environ.items() if name not in of_the_user},
            **self.environment,
            **own,
        }

    def _run(self, arguments: list[str], *, listen: Callable[[str], None] | None = None, check: bool = True) -> int:
        """Run Terraform with its output to the log, and return its exit status.

        Raises TerraformError with Terraform's first error, unless `check` is off.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        said: list[str] = []
        command = [_terraform(), f"-chdir={self.work / 'terraform'}", *arguments]
        with (
            self.log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                command,
                env=self._environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                umask=0o077,  # its state and log are the user's own
                text=True,
            ) as process,
        ):
            log.write(f"$ terraform {' '.join(arguments)}\n")
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                said.append(line)
                if listen:
                    listen(line)
        if process.returncode and check:
            raise TerraformError(f"terraform {arguments[0]} failed: {_last_error(''.join(said))}", self.log)
        return process.returncode


def _terraform() -> str:
    found = shutil.which("terraform")
    if not found:
        raise OperationsError(
            "Terraform is not installed: install 1.11 or newer"
            " (https://developer.hashicorp.com/terraform/install) and put it on PATH"
        )
    return found


def _last_error(said: str) -> str:
    """Return the first error of Terraform's output in one line: its headline and the sentence below."""
    plain = [line.strip(" │╷╵\t") for line in said.splitlines()]
    start = next((number for number, line in enumerate(plain) if line.startswith("Error:")), None)
    if start is None:
        return next((line for line in reversed(plain) if line), "it printed nothing")
    end = next((number for number in range(start + 1, len(plain)) if plain[number].startswith("Error:")), len(plain))
    paragraphs = " ".join(line or "\n" for line in plain[start:end]).split("\n")
    sentences = [
        paragraph.strip() for paragraph in paragraphs if paragraph.strip() and not CONTEXT.match(paragraph.strip())
    ]
    return " ".join(sentences)[:600]
