"""A deployed lake as a client sees it: where it is, its functions, its ledger and coverage, its tables by Athena."""
