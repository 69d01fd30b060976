"""Bytes and what is known of them: streams, records, object keys. Not what a document says (the Glue job)."""
