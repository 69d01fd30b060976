"""What a run leaves on record: operations tables, accounts of rows, results."""
