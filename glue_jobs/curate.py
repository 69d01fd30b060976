"""Glue job: curate the report documents of a manifest. The same script and arguments on AWS Glue and on one machine."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import fields

from awsglue.utils import getResolvedOptions
from curation.judging.expectations import load_in_background
from curation.platform.log import set_up_log
from curation.platform.spark_session import session, uses_glue
from curation.platform.stores import ByScheme
from curation.run import CurationRun
from curation.settings import Settings
from curation.tables.lake_formation import LakeFormation, NoTagger, Tagger

logger = logging.getLogger("curate")


def arguments(argv: Sequence[str]) -> Settings:
    """Return the settings that a command line gives, the script's name first, each as `--name value`.

    What Glue adds on its own (--JOB_NAME, --job-bookmark-option and the like) is left out. Raises GlueArgumentError,
    which names what is missing.
    """
    names = [one.name for one in fields(Settings)]
    given = getResolvedOptions(argv, names)
    return Settings(**{name: given[name] for name in names})


def main(argv: Sequence[str]) -> None:
    """Run the job."""
    set_up_log(sys.stdout)
    settings = arguments(argv)
    load_in_background()
    spark = session("curate", settings.warehouse, settings.region)
    spark.sparkContext.setLogLevel("WARN")
    tagger: Tagger = NoTagger()
    if uses_glue(spark):
        import boto3

        tagger = LakeFormation(boto3.client("lakeformation", region_name=settings.region), settings.sensitivity_tag)
    results = CurationRun(spark, settings, ByScheme(settings.region), tagger).run()
    logger.info(
        "run %s: %d documents, rows changed: %s", results["run_id"], len(results["documents"]), results["tables"]
    )


if __name__ == "__main__":
    main(sys.argv)
