"""moto with its patches: AWS Lake Formation and Amazon QuickSight, which ministack does not have."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from moto import server

from local_cloud import callers
from local_cloud.emulator.lake_formation import served
from local_cloud.emulator.patches import governance_calls, lake_formation, quicksight
from local_cloud.emulator.permissions import governance
from local_cloud.emulator.selection import Patch, apply

PATCHES: tuple[Patch, ...] = (
    lake_formation.grants_are_found_in_any_order,
    lake_formation.permissions_are_listed_for_every_kind_of_resource,
    lake_formation.revoking_nothing_is_refused,
    lake_formation.tags_are_added_to_resources,
    lake_formation.data_cells_filters_exist,
    quicksight.data_sources_can_be_read_back,
    quicksight.data_sets_can_be_read_and_changed,
    governance.governance_is_judged,
    governance_calls.permissions_are_given_by_who_may,
)


def serve() -> None:
    """Serve on LOCAL_CLOUD_PORT of the loopback interface until SIGTERM."""
    apply(PATCHES)
    served.add_paths()
    application = server.DomainDispatcherApplication
    server.DomainDispatcherApplication = lambda *given, **named: programs_only(application(*given, **named))
    server.main(["-H", "127.0.0.1", "-p", os.environ["LOCAL_CLOUD_PORT"]])


def programs_only(inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that serves no page in a browser."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if callers.refuses(headers):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [callers.REFUSAL]
        return inner(environ, start_response)

    return application
