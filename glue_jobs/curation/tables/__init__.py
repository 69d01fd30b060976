"""Iceberg tables themselves: schema evolution, properties, Lake Formation tags."""
