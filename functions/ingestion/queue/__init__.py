"""Who is asked next: candidates, their turns in the quotas, and starting. Not which windows exist (windows)."""
