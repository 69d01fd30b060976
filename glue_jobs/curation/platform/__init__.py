"""What the job runs on: Spark, Iceberg, SQL as text, object stores. Knows no contract."""
