"""A trial of one document against a contract on one machine (`lake try`). Not shipped to Glue."""
