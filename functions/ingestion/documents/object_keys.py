"""Where raw documents lie in the bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(
    r"raw/reports/(?P<report_type>[^/]+)/account=(?P<account>[^/]+)/marketplace=(?P<marketplace>[^/]+)"
    r"/window=(?P<window>[^/]+)/(?P<report_id>[^/]+)\.(?:gz|json)"
)


@dataclass(frozen=True)
class RawKey:
    """One document's place; `marketplace` is a code such as DE, or `all`."""

    report_type: str
    account: str
    marketplace: str
    window: str
    report_id: str

    @property
    def _stem(self) -> str:
        return (
            f"raw/reports/{self.report_type}/account={self.account}/marketplace={self.marketplace}"
            f"/window={self.window}/{self.report_id}"
        )

    @property
    def document(self) -> str:
        """Key of the gzipped document."""
        return f"{self._stem}.gz"

    @property
    def sidecar(self) -> str:
        """Key of its record, written last: its arrival is the event that curation follows."""
        return f"{self._stem}.json"

    @classmethod
    def parse(cls, key: str) -> RawKey:
        """The place that a key names; ValueError for any other key."""
        match = _KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"{key!r} is not the key of a raw report document or its sidecar")
        return cls(**match.groupdict())
