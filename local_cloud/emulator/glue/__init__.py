"""AWS Glue Spark jobs, run by the spark-submit of this environment."""
