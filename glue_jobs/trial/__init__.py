"""Trying a document against a contract on one machine (`lake try`); not shipped to Glue."""
