"""The demo: the whole lake on one machine, from nothing to answers in SQL."""
