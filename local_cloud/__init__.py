"""The local cloud: AWS and Amazon's Selling Partner API on one machine, without an account."""
