"""Adapters: the only place that speaks with AWS."""
