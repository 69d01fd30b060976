"""Contracts in the job: model, parsing, locales, Arrow and Spark types. Checking them is operations/contracts' part."""
