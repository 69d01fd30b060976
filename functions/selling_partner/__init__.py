"""Amazon's Selling Partner API and Login with Amazon over HTTP. No rule of ingestion and nothing of AWS."""
