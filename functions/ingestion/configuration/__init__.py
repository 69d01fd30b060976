"""What people set: accounts, the request part of contracts, durations. No window, quota or ledger item lives here."""
