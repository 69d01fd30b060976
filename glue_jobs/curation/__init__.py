"""The curation job: from raw documents to Iceberg tables, as the contracts say. Knows none of the functions."""
