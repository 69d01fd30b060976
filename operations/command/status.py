"""`lake status`: what is complete, what is missing, why, and when it comes."""


def status() -> None:
    """Placeholder until the ledger is there."""
