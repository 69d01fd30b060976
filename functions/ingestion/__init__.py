"""The rules of ingestion: windows, life cycle, quotas, identity. They do no input or output of their own: the outside
comes in through ports.
"""
