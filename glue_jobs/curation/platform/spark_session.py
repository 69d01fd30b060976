"""The Spark session with the Iceberg catalogue `lake`, built in one place.

Whatever is set from outside (--conf) wins.
"""

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

CATALOGUE = "lake"
_CATALOGUE = f"spark.sql.catalog.{CATALOGUE}"

SMALL_BATCH = 64 << 20
"""Content bytes below which plans are interpreted instead of compiled."""

SETTINGS = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    _CATALOGUE: "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Instants without zone, in UTC, everywhere: Athena reads Iceberg's timestamp without zone.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.iceberg.handle-timestamp-without-timezone": "true",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.debug.maxToStringFields": "200",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
GLUE_CATALOGUE = {
    f"{_CATALOGUE}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"{_CATALOGUE}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
}


def session(application: str, warehouse: str, region: str) -> SparkSession:
    """Return the session of a job.

    `region` is where Iceberg finds Glue's catalogue and the buckets. The catalogue is AWS Glue's unless
    `spark.sql.catalog.lake.type` says otherwise (a folder, in tests).
    """
    SparkContext._ensure_initialized()  # SparkConf reads what spark-submit was given only through the JVM
    conf = SparkConf(loadDefaults=True)
    settings = {**SETTINGS, f"{_CATALOGUE}.warehouse": warehouse.rstrip("/")}
    if not conf.contains(f"{_CATALOGUE}.type"):
        settings |= {**GLUE_CATALOGUE, f"{_CATALOGUE}.client.region": region}
    for key, value in settings.items():
        if not conf.contains(key):
            conf.set(key, value)
    return SparkSession.builder.appName(application).config(conf=conf).getOrCreate()


def uses_glue(spark: SparkSession) -> bool:
    """Tell whether the catalogue is AWS Glue's: only its tables carry Lake Formation tags."""
    return str(spark.conf.get(f"{_CATALOGUE}.catalog-impl", "")) == GLUE_CATALOGUE[f"{_CATALOGUE}.catalog-impl"]


def fit_to(spark: SparkSession, content_bytes: int) -> None:
    """Fit the session to the size of the batch.

    Shuffles get one partition per 64 MiB of content, at least one per two cores. For small batches compiling wide plans
    takes longer than running them interpreted (measured: 62 s of processor time against 35 s for 99 small documents),
    and planning adaptively gains nothing.
    """
    cores = spark.sparkContext.defaultParallelism
    partitions = max(1, cores // 2, min(10 * cores, content_bytes >> 26))
    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
    large = content_bytes >= SMALL_BATCH
    spark.conf.set("spark.sql.codegen.wholeStage", str(large).lower())
    spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK" if large else "NO_CODEGEN")
    spark.conf.set("spark.sql.adaptive.enabled", str(large).lower())
