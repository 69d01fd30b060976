"""Bytes of stored documents, their record, their keys, and the port. Not what a document says (the Glue job)."""
