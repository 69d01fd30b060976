"""Which units change, and the commits that change them."""
