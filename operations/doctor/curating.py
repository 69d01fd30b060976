"""What makes tables of documents: the job and its files, databases, Lake Formation, the last run."""

from collections.abc import Iterator
from typing import Any

from operations.deployment.archives import archive_comment
from operations.deployment.wheels import PLACEHOLDER
from operations.doctor.findings import (
    APPLY,
    Finding,
    counted,
    existing,
    failed,
    not_applicable,
    ok,
    unless_any,
    warning,
)
from operations.lake.location import Location

FILES = {
    "script": "",
    "package": "--extra-py-files",
    "wheels": "--additional-python-modules",
    "contracts": "--contracts",
}
"""What the job reads from S3, by the argument that names it; the script is named by its command."""
OPEN_TO_ALL = "IAM_ALLOWED_PRINCIPALS"


def job(lake: Location) -> Iterator[Finding]:
    """The job exists, and so does each file that it starts with."""
    answer = existing(lake.client("glue").get_job, JobName=lake.outputs["job_name"])
    if answer is None:
        yield failed(f"the Glue job {lake.outputs['job_name']} does not exist", APPLY)
        return
    arguments = {**answer["Job"].get("DefaultArguments", {}), "": answer["Job"]["Command"]["ScriptLocation"]}
    faults = []
    for what, argument in FILES.items():
        uri = arguments.get(argument)
        if uri is None:
            faults.append(failed(f"the job has no argument {argument}, which names its {what}", APPLY))
        elif _size(lake, uri) is None:
            faults.append(failed(f"the job's {what} is not in S3: {uri}", f"`make contracts package`, then {APPLY}"))
    yield from unless_any(faults, f"the job and its {len(FILES)} files are there")


def wheels(lake: Location) -> Iterator[Finding]:
    """The wheels are not the placeholder of the local cloud."""
    if lake.environment:
        yield not_applicable("the local cloud's job uses the modules of this machine")
        return
    answer = existing(lake.client("glue").get_job, JobName=lake.outputs["job_name"])
    uri = answer and answer["Job"].get("DefaultArguments", {}).get(FILES["wheels"])
    size = _size(lake, uri) if uri else None
    if not uri or size is None:
        yield failed("the job has no wheels", f"`make package`, then {APPLY}")
    elif size < 4096 and _is_placeholder(lake, uri):
        yield failed(
            "the job's wheels are the local cloud's placeholder: every run fails", f"`make package`, then {APPLY}"
        )
    else:
        yield ok(f"the job's wheels are there, {size / 1e6:.0f} MB")


def _size(lake: Location, uri: str) -> int | None:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    answer = existing(lake.client("s3").head_object, Bucket=bucket, Key=key)
    return None if answer is None else int(answer["ContentLength"])


def _is_placeholder(lake: Location, uri: str) -> bool:
    import tempfile
    from pathlib import Path

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content = lake.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "wheels.zip"
        copy.write_bytes(content)
        return archive_comment(copy) == PLACEHOLDER


def databases(lake: Location) -> list[Finding]:
    """Both databases exist, and have tables once documents were curated."""
    client, findings = lake.client("glue"), []
    for purpose, name in sorted(lake.databases.items()):
        database = existing(client.get_database, Name=name)
        if database is None:
            findings.append(failed(f"the database {name} ({purpose}) does not exist", APPLY))
        elif OPEN_TO_ALL in _principals(database["Database"].get("CreateTableDefaultPermissions")):
            findings.append(
                failed(
                    f"new tables of {name} are open to whom IAM allows (IAMAllowedPrincipals)",
                    f"clear the database's default permissions in Lake Formation, then {APPLY}",
                )
            )
        elif tables := _tables(client, name):
            findings.append(ok(f"{name} has {counted(len(tables), 'table')}"))
        else:
            findings.append(warning(f"{name} has no tables yet", "the first curation run makes them: `lake status`"))
    return findings


def _tables(client: Any, database: str) -> list[str]:
    pages = client.get_paginator("get_tables").paginate(DatabaseName=database)
    return sorted(table["Name"] for page in pages for table in page["TableList"])


def first_table(lake: Location) -> tuple[str, str] | None:
    """The first table that the catalogue shows, with its database: curated before operations."""
    client = lake.client("glue")
    for purpose in ("curated", "operations"):
        if tables := _tables(client, lake.databases[purpose]):
            return lake.databases[purpose], tables[0]
    return None


def governance(lake: Location) -> list[Finding]:
    """Lake Formation governs the curated bucket; what has no tag of its own is personal; nothing is open by default."""
    client, tag = lake.client("lakeformation"), lake.outputs["sensitivity_tag"]
    faults = []
    bucket = f"arn:{_partition(lake)}:s3:::{lake.outputs['buckets']['curated']}"
    if existing(client.describe_resource, ResourceArn=bucket) is None:
        faults.append(failed("the curated bucket is not registered with Lake Formation", APPLY))
    if "personal" not in ((existing(client.get_lf_tag, TagKey=tag) or {}).get("TagValues") or ()):
        faults.append(failed(f"there is no LF-Tag {tag} with the value personal", APPLY))
    for name in sorted(lake.databases.values()):
        answer = existing(client.get_resource_lf_tags, Resource={"Database": {"Name": name}})
        tags = {one["TagKey"]: one["TagValues"] for one in (answer or {}).get("LFTagOnDatabase", [])}
        if tags.get(tag) != ["personal"]:
            faults.append(failed(f"{name} is not tagged {tag} = personal: columns without a tag may be open", APPLY))
    settings = client.get_data_lake_settings()["DataLakeSettings"]
    faults += [
        warning(
            f"the account opens new {kind.lower()}s to whom IAM allows (IAMAllowedPrincipals)",
            "let an administrator clear it in Lake Formation, Data Catalog settings",
        )
        for kind in ("Database", "Table")
        if OPEN_TO_ALL in _principals(settings.get(f"Create{kind}DefaultPermissions"))
    ]
    return unless_any(faults, "location registered, databases personal")


def _principals(permissions: list[dict[str, Any]] | None) -> set[str]:
    return {one["Principal"]["DataLakePrincipalIdentifier"] for one in permissions or [] if one.get("Permissions")}


def _partition(lake: Location) -> str:
    return str(lake.outputs["alarms_topic_arn"]).split(":")[1]


def runs(lake: Location) -> Iterator[Finding]:
    """The last curation run succeeded."""
    from adapters.ledger import DynamoLedger

    latest = DynamoLedger(lake.client("dynamodb"), lake.named("ledger")).runs(20)
    succeeded = next((run for run in latest if run.status == "SUCCEEDED"), None)
    if not latest:
        yield warning("no curation run yet", "`lake status` says what is on its way")
    elif succeeded is latest[0]:
        yield ok(f"the last ended {succeeded.finished_at:%Y-%m-%d %H:%M} UTC, {counted(succeeded.curated, 'document')}")
    else:
        before = f"the last success was {succeeded.finished_at:%Y-%m-%d %H:%M} UTC" if succeeded else "none succeeded"
        yield failed(
            f"the last run is {latest[0].status}: {latest[0].reason or 'no reason given'}; {before}",
            "see docs/runbooks/execution-failed.md",
        )
