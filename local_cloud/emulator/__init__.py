"""Emulated AWS: ministack and moto with patches, Glue by spark-submit, Athena by DuckDB; no Selling Partner API."""
