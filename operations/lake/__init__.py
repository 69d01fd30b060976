"""A deployed lake as a client sees it: location, functions, coverage, Athena; nothing here deploys or prints."""
