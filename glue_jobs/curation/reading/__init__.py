"""One document end to end, and the workers that read many: echo, constants, charset retries. Writes nothing."""
