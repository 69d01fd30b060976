"""One attempt from its request to its outcome, and the retry policy. Not when a window's turn comes (queue)."""
