"""Curation runs as ingestion sees them: admitting, claiming, the lease, concluding. Not the Glue job (glue_jobs)."""
