"""Glue job: curate the report documents of a manifest. The same script and arguments on AWS Glue and on one machine."""

import argparse
import logging
import sys
from collections.abc import Sequence

from curation.judging.expectations import load_in_background
from curation.platform.log import set_up_log
from curation.platform.spark_session import session, uses_glue
from curation.platform.stores import ByScheme
from curation.run import CurationRun
from curation.settings import Settings
from curation.tables.lake_formation import LakeFormation, NoTagger, Tagger

logger = logging.getLogger("curate")


def arguments(argv: Sequence[str]) -> Settings:
    """Parse the arguments; what Glue adds on its own (--JOB_NAME and the like) is ignored."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", required=True, help="URI of the run's manifest")
    parser.add_argument("--results", required=True, help="URI to write the run's results to")
    parser.add_argument("--contracts", required=True, help="URI of the bundle of contracts")
    parser.add_argument("--curated_database", required=True, help="database of the report tables")
    parser.add_argument("--operations_database", required=True, help="database of the job's own tables")
    parser.add_argument("--warehouse", required=True, help="URI below which the tables are, as database/table")
    parser.add_argument("--data_docs", required=True, help="URI below which each run's quality page is written")
    known, _ = parser.parse_known_args(argv)
    return Settings(**vars(known))


def main(argv: Sequence[str]) -> None:
    """Run the job."""
    set_up_log(sys.stdout)
    settings = arguments(argv)
    load_in_background()
    spark = session("curate", settings.warehouse)
    spark.sparkContext.setLogLevel("WARN")
    tagger: Tagger = NoTagger()
    if uses_glue(spark):
        import boto3

        tagger = LakeFormation(boto3.client("lakeformation"))
    results = CurationRun(spark, settings, ByScheme(), tagger).run()
    logger.info(
        "run %s: %d documents, rows changed: %s", results["run_id"], len(results["documents"]), results["tables"]
    )


if __name__ == "__main__":
    main(sys.argv[1:])
