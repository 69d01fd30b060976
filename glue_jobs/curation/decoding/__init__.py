"""From the bytes of a document to blocks of records: flat files, JSON, XML; streamed, strict, nothing replaced or
guessed silently.
"""
