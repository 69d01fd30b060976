"""Emulated AWS on one machine: ministack and moto with their gaps closed, Glue by spark-submit, Athena by DuckDB."""
