"""The Selling Partner simulator: Amazon's API over HTTP, answered from a seeded world (local_cloud.world).

Login, reports, notifications and documents behave as Amazon documents them. The figures in the documents are not made
here.
"""
