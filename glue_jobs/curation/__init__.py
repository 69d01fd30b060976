"""The curation job: raw report documents become correct, governed Iceberg tables, by what the contracts say."""
