"""What the ledger remembers: its items by subject, its port, and retrying after conflicts. Not DynamoDB (adapters)."""
