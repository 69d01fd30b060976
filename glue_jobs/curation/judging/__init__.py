"""The gate: rules, statistics, verdicts. What a verdict leads to is decided in `source_run`."""
