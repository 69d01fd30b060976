"""Validation of the contracts, and the bundle that Terraform and the curation job read."""
