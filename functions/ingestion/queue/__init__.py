"""Which due window is requested next: candidates, turns, starting, dispatching. Not which windows exist (windows)."""
