"""What a batch changes in a table, and the commits that change it. Schemas are in `tables`."""
