"""The demo: the whole lake on one machine, from nothing to answers in SQL; the local cloud itself is in local_cloud."""
