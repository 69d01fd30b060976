"""The gate: expectations, statistics, verdicts and the quality page."""
