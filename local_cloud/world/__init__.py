"""A seeded business from which every simulated report is drawn, so that reports agree with each other.

Everything here is a pure function of the seed, the account, the marketplace, the date and the moment of asking: no
state, no clock, no file. What happens is fixed (orders, shipments, returns, stock); the moment of asking decides how
much of it is known.
"""
