"""From raw blocks to typed rows, or to quarantine. Knows no decoder."""
