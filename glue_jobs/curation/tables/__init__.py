"""The Iceberg tables themselves: schema, partitions, properties, Lake Formation tags. Rows are in `publishing`."""
