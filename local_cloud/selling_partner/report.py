"""One report as the simulator keeps it, and how the API shows it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local_cloud.selling_partner.accounts import Account
from local_cloud.selling_partner.clock import iso
from local_cloud.world.randomness import number

RETENTION = timedelta(days=90)


@dataclass
class Report:
    """One report of an account, requested by an application or made by Amazon."""

    id: str
    account: Account
    report_type: str
    marketplace_ids: tuple[str, ...]
    options: Mapping[str, str]
    start: datetime | None
    end: datetime | None
    created: datetime
    status: str = "IN_QUEUE"
    processing_start: datetime | None = None
    processing_end: datetime | None = None
    document_id: str | None = None

    def shown(self) -> dict[str, Any]:
        """Return the report as the API shows it; report options are not part of it."""
        shown: dict[str, Any] = {
            "reportType": self.report_type,
            "processingEndTime": self.processing_end and iso(self.processing_end),
            "processingStatus": self.status,
            "marketplaceIds": list(self.marketplace_ids),
            "reportDocumentId": self.document_id,
            "reportId": self.id,
            "dataEndTime": self.end and iso(self.end),
            "createdTime": iso(self.created),
            "processingStartTime": self.processing_start and iso(self.processing_start),
            "dataStartTime": self.start and iso(self.start),
        }
        return {name: value for name, value in shown.items() if value is not None}

    def new_document_id(self) -> str:
        """Return the id of the report's document, in Amazon's form; the same for the same report."""
        high, low = (number(self.account.name, self.id, half) for half in ("a", "b"))
        identity = uuid.UUID(int=high << 64 | low, version=4)
        return f"amzn1.spdoc.1.4.{self.account.region}.{identity}.T{self.id[-13:]}.2700"
