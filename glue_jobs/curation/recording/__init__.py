"""The record of a run: outcomes, accounts, operations tables, quality page, results file. Rows are in `publishing`."""
