"""A lake in the local cloud, for the demo and the end-to-end tests: started and provisioned as a real one is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local_cloud import cloud
from operations.deployment.local_people import engineer, environment_of, read_engineer, write_profiles
from operations.deployment.terraform import ROOT, Deployment, Progress
from operations.errors import OperationsError
from operations.lake import location
from operations.lake.location import Location

REGIONS = ("na", "eu", "fe")
DEFAULT_PREFIX = "selling-partner-lake"
"""Terraform's default of the variable `prefix`."""
DEMO_ACCOUNTS = ROOT / "local_cloud" / "selling_partner" / "accounts.json"


@dataclass(frozen=True)
class PartnerSecrets:
    """The secrets of one of the simulator's accounts: its refresh token and its application's credentials."""

    refresh_token: str
    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        """Without the secrets."""
        return "PartnerSecrets()"


def partner_secrets(accounts: Path = DEMO_ACCOUNTS) -> dict[str, PartnerSecrets]:
    """Return the secrets of the simulator's accounts by name, from its accounts.json."""
    content = json.loads(accounts.read_text(encoding="utf-8"))
    applications = {entry["name"]: entry for entry in content["applications"]}
    secrets = {}
    for entry in content["accounts"]:
        application = applications[entry["application"]]
        secrets[entry["name"]] = PartnerSecrets(
            entry["refresh_token"], application["client_id"], application["client_secret"]
        )
    return secrets


@dataclass(frozen=True)
class LocalLake:
    """One local cloud with one lake; everything of it is in `state_dir`."""

    state_dir: Path
    contracts: Path = ROOT / "contracts"
    build: Path = ROOT / "build"

    @property
    def config(self) -> Path:
        """The file that tells the `lake` command where the lake is."""
        return self.state_dir / "lake.json"

    @property
    def profiles(self) -> Path:
        """The AWS configuration file with a profile for each role of the lake."""
        return self.state_dir / "aws" / "config"

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.state_dir / "logs"

    def start(self, simulator_options: Sequence[str] = ()) -> tuple[cloud.Endpoints, bool]:
        """Start the cloud, or take the one that runs; return its endpoints and whether it was running.

        A new cloud has none of a former one's resources, so Terraform's state of them is dropped.
        """
        was_running = cloud.running(self.state_dir) is not None
        try:
            endpoints = cloud.start(self.state_dir, simulator_options=simulator_options)
        except cloud.CloudError as error:
            raise OperationsError(str(error)) from None
        if not was_running:
            self.config.unlink(missing_ok=True)
            for deployment in (self._bootstrap(endpoints), self.deployment(endpoints)):
                deployment.forget()
        return endpoints, was_running

    def stop(self) -> None:
        """Stop the cloud with all its processes."""
        cloud.stop(self.state_dir)
        self.config.unlink(missing_ok=True)

    def provision(
        self,
        endpoints: cloud.Endpoints,
        variables: Mapping[str, Any],
        *,
        variable_files: Iterable[Path] = (),
        progress: Progress | None = None,
    ) -> Location:
        """Apply Terraform, write the lake's configuration file, and return what is in it.

        The account's administrator makes the deployer, which makes the lake; `lake` acts as the operator.
        """
        administrator = cloud.environment(endpoints)
        prefix = variables.get("prefix", DEFAULT_PREFIX)
        bootstrap = self._bootstrap(endpoints)
        bootstrap.initialise()
        bootstrap.apply({"prefix": prefix, "region": endpoints.region})
        made = {name: output["value"] for name, output in bootstrap.outputs().items()}
        key = read_engineer(self.profiles) or engineer(administrator, prefix)
        roles = {"deployer": made["deployer_role_arn"]}
        write_profiles(self.profiles, administrator, key, roles)
        deployment = self.deployment(endpoints)
        deployment.initialise()
        deployment.apply(
            {
                "region_endpoints": _region_endpoints(endpoints),
                "permissions_boundary_arn": made["permissions_boundary_arn"],
                **variables,
            },
            variable_files=variable_files,
            progress=progress,
        )
        outputs = deployment.outputs()
        roles |= {name: outputs[f"{name}_role_arn"]["value"] for name in ("operator", "analyst")}
        write_profiles(self.profiles, administrator, key, roles)
        return location.write(self.config, outputs, environment_of(self.profiles, administrator, "operator"))

    def observed(self, endpoints: cloud.Endpoints) -> Location:
        """The lake as the account's administrator sees it: for tests that look at what no role may."""
        return replace(location.read(self.config), environment=cloud.environment(endpoints))

    def _bootstrap(self, endpoints: cloud.Endpoints) -> Deployment:
        return Deployment(
            self.state_dir / "bootstrap",
            cloud.environment(endpoints),
            self.logs / "bootstrap.log",
            contracts=None,
            build=None,
            sources=ROOT / "terraform" / "bootstrap",
        )

    def deployment(self, endpoints: cloud.Endpoints) -> Deployment:
        """Terraform as the deployer."""
        return Deployment(
            self.state_dir / "terraform",
            environment_of(self.profiles, cloud.environment(endpoints), "deployer"),
            self.logs / "terraform.log",
            contracts=self.contracts,
            build=self.build,
        )


def _region_endpoints(endpoints: cloud.Endpoints) -> dict[str, dict[str, str]]:
    simulator = endpoints.selling_partner
    return {
        region: {"endpoint": f"{simulator}/{region}", "token_endpoint": f"{simulator}/auth/o2/token"}
        for region in REGIONS
    }
