"""How often Amazon may be called: bucket arithmetic, allowances, and the port. Not the table of buckets (adapters)."""
