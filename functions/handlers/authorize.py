"""authorize: {"account", "force"?} or {"application", "scope"} -> {"expires_at"}.

The only writer of access tokens; never returns one.
"""

from __future__ import annotations

from typing import Any

from ingestion.access.authorizing import Authorizing
from ingestion.instants import iso, utc_now
from selling_partner.login import LoginWithAmazon

from handlers import wiring
from handlers.json_logs import logged, set_up

set_up()
_authorizing = Authorizing(
    wiring.tokens(), wiring.configuration(), lambda url: LoginWithAmazon(wiring.session(), url, utc_now), utc_now
)


@logged
def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Make sure that there is a good token."""
    if "application" in event:
        return {"expires_at": iso(_authorizing.application(event["application"], event["scope"]).expires_at)}
    return {"expires_at": iso(_authorizing.account(event["account"], force=bool(event.get("force", False))).expires_at)}
