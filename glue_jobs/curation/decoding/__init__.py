"""From the bytes of a document to raw blocks: flat files, JSON, XML. Knows no types of columns."""
