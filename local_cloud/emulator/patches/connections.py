"""The emulator's HTTP connections."""

import ministack.app

from local_cloud.emulator.editing import edit


def idle_connections_outlive_their_clients() -> None:
    """The client closes an idle connection, never the server.

    Terraform's HTTP client keeps idle connections for 90 seconds. The emulator closes them after 75, also when a request has just arrived: the request is
    carried out, its answer is lost, and the client's retry fails because the resource exists.
    """
    edit(ministack.app, "main", ("config.keep_alive_timeout = 75", "config.keep_alive_timeout = 600"))
