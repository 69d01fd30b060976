"""Validation of the contracts, their bundle and the data dictionary; the contracts themselves are in contracts/."""
