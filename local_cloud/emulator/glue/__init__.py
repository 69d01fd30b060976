"""Runs of AWS Glue Spark jobs by the spark-submit of this environment; Glue's catalogue is in ministack."""
