"""Curation as ingestion sees it: claiming documents, the lease, concluding a run. Not the Glue job itself (glue_jobs/curation)."""
