"""Handlers: one module per Lambda function. Settings, parse, call, return; no rule lives here."""
