"""The Selling Partner API of Amazon over HTTP. Knows nothing of AWS."""
