"""Where the lake is: the outputs of Terraform, and the endpoints of a local cloud, in one file (lake.json).

The file is what `terraform output -json` prints. Deploying to the local cloud adds `environment`: the variables that
point the AWS clients at it, so that users need not export them.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from operations.errors import OperationsError

DEFAULT_FILES = (Path(".local/lake.json"), Path("lake.json"))
MODULE_OUTPUT = "lake"
"""The output under which a configuration that uses terraform/ as a module passes on all of the module's outputs."""
NEEDED = ("prefix", "account_id", "region", "databases")


@dataclass(frozen=True)
class Location:
    """One deployed lake: the names that all others follow from, and the environment of its AWS clients."""

    prefix: str
    account_id: str
    region: str
    databases: Mapping[str, str]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def curated_database(self) -> str:
        """The database of curated tables."""
        return self.databases["curated"]

    @property
    def operations_database(self) -> str:
        """The database of the job's own records: outcomes, quality results, quarantine."""
        return self.databases["operations"]

    def bucket(self, purpose: str) -> str:
        """The bucket for `purpose`: raw, curated, artifacts or results."""
        return f"{self.prefix}-{purpose}-{self.account_id}-{self.region}"

    def named(self, name: str) -> str:
        """The full name of a function, table, queue, job or state machine."""
        return f"{self.prefix}-{name}"

    @property
    def workgroup(self) -> str:
        """The Athena workgroup."""
        return self.prefix

    def state_machine(self, name: str) -> str:
        """The ARN of a state machine: report or curation."""
        arn: str = self.outputs["state_machine_arns"][name]
        return arn

    def queue_url(self, name: str) -> str:
        """Return the URL of a queue, from SQS."""
        url: str = self.client("sqs").get_queue_url(QueueName=self.named(name))["QueueUrl"]
        return url

    @cached_property
    def session(self) -> Any:
        """A boto3 session in the lake's region; a local lake has credentials of its own, so the profile is ignored."""
        import boto3
        import botocore.session

        if not self.environment:
            return boto3.Session(region_name=self.region)
        of_the_user_none = dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
        session = botocore.session.Session(session_vars=of_the_user_none)
        if "AWS_PROFILE" in self.environment:
            self._assume_role(session)
            return boto3.Session(botocore_session=session, region_name=self.region)
        return boto3.Session(
            botocore_session=session,
            region_name=self.region,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def _assume_role(self, session: Any) -> None:
        """Act as the role of the local cloud's profile, by sessions that are renewed before they end.

        boto3 would do the same by itself, but ask the endpoint that the user's environment names.
        """
        from botocore.configloader import load_config
        from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials

        profiles = load_config(self.environment["AWS_CONFIG_FILE"])["profiles"]
        role = profiles[self.environment["AWS_PROFILE"]]
        source = profiles[role["source_profile"]]
        fetcher = AssumeRoleCredentialFetcher(
            partial(session.create_client, region_name=self.region, endpoint_url=self._endpoint("sts")),
            Credentials(source["aws_access_key_id"], source["aws_secret_access_key"]),
            role["role_arn"],
            extra_args={"RoleSessionName": role["role_session_name"]},
        )
        session._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    def acting_as(self, profile: str) -> "Location":
        """The same lake for another role: of a local lake the profile that `lake.json` was written with."""
        if "AWS_PROFILE" not in self.environment:
            return self
        return replace(self, environment={**self.environment, "AWS_PROFILE": profile})

    def client(self, service: str) -> Any:
        """Return a boto3 client for `service`, at the local cloud's endpoint where the lake is local."""
        from botocore.config import Config

        config = Config(connect_timeout=5, read_timeout=120, retries={"mode": "standard", "max_attempts": 4})
        return self.session.client(service, endpoint_url=self._endpoint(service), config=config)

    def _endpoint(self, service: str) -> str | None:
        return self.environment.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}") or self.environment.get(
            "AWS_ENDPOINT_URL"
        )


def find(config: Path | None = None) -> Location:
    """Return the lake of the file `config`, else LAKE_CONFIG, else ./.local/lake.json, else ./lake.json."""
    named = config or (Path(os.environ["LAKE_CONFIG"]) if os.environ.get("LAKE_CONFIG") else None)
    candidates = (named,) if named else DEFAULT_FILES
    for path in candidates:
        if path.is_file():
            return read(path)
    if named:
        raise OperationsError(
            f"there is no lake configuration at {named}: write it with `terraform output -json > {named}`"
        )
    places = " or ".join(str(path) for path in DEFAULT_FILES)
    raise OperationsError(
        f"no lake configuration ({places}): run `make demo`, or write it with"
        " `terraform -chdir=terraform output -json > lake.json`, or name one with --config"
    )


def read(path: Path) -> Location:
    """Return the location in the file `path`; raises OperationsError, which names what is wrong with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise OperationsError(f"{path} is not JSON ({error}): write it again with `terraform output -json`") from None
    if not isinstance(content, dict):
        raise OperationsError(f"{path} does not hold Terraform's outputs: write it again with `terraform output -json`")
    environment = content.pop("environment", {})
    outputs = {
        name: output["value"] for name, output in content.items() if isinstance(output, dict) and "value" in output
    }
    if isinstance(outputs.get(MODULE_OUTPUT), dict):
        outputs = outputs[MODULE_OUTPUT]
    missing = [name for name in NEEDED if not outputs.get(name)]
    if missing:
        raise OperationsError(
            f"{path} lacks {', '.join(missing)}: run `terraform apply`,"
            " then write it again with `terraform output -json`"
        )
    return Location(**{name: outputs[name] for name in NEEDED}, outputs=outputs, environment=environment)


def write(path: Path, outputs: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Location:
    """Write the file that `read` takes: Terraform's outputs and, for a local cloud, its environment."""
    content = {**outputs, **({"environment": dict(environment)} if environment else {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return read(path)
