"""What people set: accounts, the request part of contracts, durations, and the port. Nothing that is computed."""
