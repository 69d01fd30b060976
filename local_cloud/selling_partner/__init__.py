"""The Selling Partner simulator: login, reports, notifications and documents over HTTP, as Amazon documents them,
answered from a seeded world.
"""
