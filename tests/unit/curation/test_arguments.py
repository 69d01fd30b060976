"""The job's arguments, as Glue gives them: what the job needs, among what Glue adds on its own."""

from dataclasses import asdict

import curate
import pytest
from awsglue.utils import GlueArgumentError

OURS = {
    "manifest": "s3://artifacts/curation/run-1/manifest.json",
    "results": "s3://artifacts/curation/run-1/results.json",
    "contracts": "s3://artifacts/contracts/contracts.json",
    "curated_database": "lake_curated",
    "operations_database": "lake_operations",
    "sensitivity_tag": "lake-sensitivity",
    "warehouse": "s3://curated/",
    "data_docs": "s3://artifacts/data_docs/",
    "region": "eu-west-1",
}
OF_GLUE = {
    "JOB_NAME": "lake-curate",
    "JOB_ID": "j_0",
    "JOB_RUN_ID": "jr_0",
    "SECURITY_CONFIGURATION": "lake-curate",
    "TempDir": "s3://artifacts/temporary/",
    "job-bookmark-option": "job-bookmark-disable",
    "job-language": "python",
    "enable-metrics": "true",
    "datalake-formats": "iceberg",
    "extra-py-files": "s3://artifacts/glue/curation.zip",
    "custom-logGroup-prefix": "/aws-glue/lake-curate",
    "conf": "spark.a=1 --conf spark.b=2",
}


def line(*given):
    """Return a command line: the script, and the arguments one after the other."""
    return ["curate.py", *(part for some in given for name, value in some.items() for part in (f"--{name}", value))]


@pytest.mark.parametrize("given", [(OURS,), (OF_GLUE, OURS), (OURS, OF_GLUE)], ids=["alone", "last", "first"])
def test_the_settings_are_taken_from_among_what_glue_adds(given):
    assert asdict(curate.arguments(line(*given))) == OURS


@pytest.mark.parametrize("missing", OURS)
def test_a_missing_argument_is_named(missing):
    rest = {name: value for name, value in OURS.items() if name != missing}
    with pytest.raises(GlueArgumentError, match=f"--{missing}"):
        curate.arguments(line(OF_GLUE, rest))


def test_no_setting_bears_a_name_that_glue_reserves():
    """getResolvedOptions raises RuntimeError for such; here is what it takes out of the answer without a word."""
    assert not OURS.keys() & {"TempDir", "RedshiftTempDir", "continuation_option"}
