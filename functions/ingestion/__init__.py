"""The rules of ingestion: pure decisions over ports. No HTTP, no AWS, and no clock but an injected one."""
