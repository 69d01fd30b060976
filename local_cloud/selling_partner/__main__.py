"""The command: `python -m local_cloud.selling_partner`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from local_cloud.selling_partner.accounts import DEFAULT_FILE
from local_cloud.selling_partner.server import Server
from local_cloud.selling_partner.simulator import Options, Simulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a SIGTERM or SIGINT; return the exit status."""
    parsed = _parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    try:
        simulator = Simulator(
            Options(
                parsed.accounts,
                parsed.state_dir,
                parsed.documents,
                parsed.seed,
                parsed.time_scale,
                parsed.quota_scale,
                parsed.clock,
            )
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    server = Server(simulator, parsed.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    if parsed.port_file:
        _write_port(parsed.port_file, server.server_address[1])
    logging.getLogger(__name__).info(
        '{"listening": "%s", "seed": %d, "clock": "%s"}', server.url, parsed.seed, simulator.clock.now().isoformat()
    )
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
        simulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_cloud.selling_partner",
        description="Simulates Amazon's Selling Partner API on loopback: login (/auth/o2/token), reports and "
        "notifications of the regions (/na, /eu, /fe), and document URLs. Notifications go to SQS at AWS_ENDPOINT_URL.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 (default) takes a free one")
    parser.add_argument("--port-file", type=Path, help="file to which the port is written once the simulator listens")
    parser.add_argument("--state-dir", type=Path, help="folder for generated documents (default: a temporary one)")
    parser.add_argument(
        "--seed",
        type=int,
        default=7,
        help="the world's seed: the same seed and question give the same bytes (default 7)",
    )
    parser.add_argument(
        "--time-scale",
        type=_positive,
        default=1.0,
        help="how many times faster than Amazon a report is made (about 60 to 120 s); "
        "tokens and URLs live as long as real ones",
    )
    parser.add_argument(
        "--quota-scale", type=_positive, default=1.0, help="factor for all rates and limits of usage plans"
    )
    parser.add_argument(
        "--clock",
        type=_instant,
        help="ISO 8601 instant at which the simulator's clock starts (default: now); it runs at real speed",
    )
    parser.add_argument(
        "--accounts",
        type=Path,
        default=DEFAULT_FILE,
        help="applications and accounts, JSON (default: the demo's two accounts)",
    )
    parser.add_argument(
        "--documents", type=Path, help="folder with an index.json of documents to serve in place of generated ones"
    )
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be greater than 0")
    return value


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _write_port(path: Path, port: int) -> None:
    """Write the port in one step, so that a reader never sees half of it."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(str(port), encoding="ascii")
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
