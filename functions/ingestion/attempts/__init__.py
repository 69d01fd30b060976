"""One attempt's way: requesting, notifying, checking, fetching, classification, outcomes, recording, sweeping."""
