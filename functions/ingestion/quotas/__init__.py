"""How often Amazon may be called: bucket arithmetic and the allowances of calls. Not where the numbers are kept (adapters)."""
