"""Authorising, subscribing and pausing an account."""
