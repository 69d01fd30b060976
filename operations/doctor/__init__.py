"""What must hold of a deployed lake: a check for each, which only reads, and says what is wrong and what to do."""
