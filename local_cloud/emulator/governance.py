"""moto with its patches: AWS Lake Formation and Amazon QuickSight, which ministack does not have."""

import os

from moto.server import main

from local_cloud.emulator.selection import Patch, apply

PATCHES: tuple[Patch, ...] = ()


def serve() -> None:
    """Serve on LOCAL_CLOUD_PORT of the loopback interface until SIGTERM."""
    apply(PATCHES)
    main(["-H", "127.0.0.1", "-p", os.environ["LOCAL_CLOUD_PORT"]])
