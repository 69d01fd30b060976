"""One document end to end: echo, workers, charset retries."""
