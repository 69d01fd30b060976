"""The items that the ledger keeps, by subject, and its port. Not how DynamoDB stores them (adapters)."""
