"""The request that a tried document is taken to answer."""

import contextlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from curation.contracts.model import Contract, Marketplace
from curation.decoding.json_file import JsonFile
from curation.decoding.streams import content
from curation.errors import RefusedError
from curation.manifest import DocumentRecord, parse_document
from curation.reading.echo import EchoedRequest, read_echo

Json = Mapping[str, Any]


def assumed_request(
    contract: Json,
    parsed: Contract,
    marketplace: Marketplace | None,
    data: bytes,
    *,
    charset: str | None,
    request: Json | None,
) -> DocumentRecord:
    """Return the request that the document is taken to answer.

    That is `request` where it is given, and else what the document's own echo says; what neither says is assumed.
    """
    requested = dict(request) if request is not None else _request_of_echo(parsed, data)
    variants: Json = contract["request"]["variants"]
    options = requested.get("report_options")
    variant = requested.get("variant") or next(
        (name for name, one in variants.items() if options is None or _sent(one) == options), next(iter(variants))
    )
    today = datetime.now(UTC).date().isoformat()
    start = requested.get("window_start") or str(requested.get("data_start_time") or today)[:10]
    end = requested.get("window_end") or str(requested.get("data_end_time") or start)[:10]
    marketplaces = requested.get("marketplace_ids") or ([marketplace.id] if marketplace else [])
    return parse_document(
        {
            "account": "local",
            "report_id": requested.get("report_id", "trial"),
            "source": parsed.source,
            "request": f"{parsed.source}-trial",
            "variant": variant,
            "report_type": requested.get("report_type", contract["request"]["report_type"]),
            "report_options": _sent(variants.get(variant, {})) if options is None else options,
            "marketplace_id": requested.get(
                "marketplace_id",
                marketplaces[0] if contract["request"]["scope"] == "marketplace" and marketplaces else None,
            ),
            "marketplace_ids": marketplaces,
            "window": requested.get("window") or (start if start == end else f"{start}--{end}"),
            "window_start": start,
            "window_end": end,
            "data_start_time": requested.get("data_start_time"),
            "data_end_time": requested.get("data_end_time"),
            "report_time": requested.get("report_time", f"{today}T00:00:00Z"),
            "bucket": "",
            "key": "",
            "content_bytes": len(data),
            "charset": charset,
        }
    )


def _sent(options: Json) -> dict[str, str]:
    return {name: option for name, option in options.items() if option is not None}


def _request_of_echo(contract: Contract, data: bytes) -> dict[str, Any]:
    """Return the request that a document repeats, in the names of a document record; nothing where it has none."""
    echo = contract.document.echo if contract.document else None
    if echo is None:
        return {}
    echoed = EchoedRequest()
    with contextlib.suppress(RefusedError):
        file = JsonFile(content(io.BytesIO(data), plain_allowed=True), (), {echo.section})
        # Whatever is wrong with the document, decoding meets it again and names it.
        with contextlib.suppress(Exception):
            for _ in file.read():
                pass
        echoed = read_echo(echo, file.kept)
    requested = {
        "report_type": echoed.report_type,
        "report_options": echoed.options,
        "marketplace_ids": echoed.marketplace_ids,
        "data_start_time": echoed.data_start_time,
        "data_end_time": echoed.data_end_time,
    }
    return {name: value for name, value in requested.items() if value is not None}
