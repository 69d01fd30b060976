"""How numbers are written in a locale, and what zone abbreviations mean."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from curation.contracts.model import Marketplace

COMMA_LANGUAGES = frozenset({"de", "fr", "it", "es", "nl", "sv", "pl", "tr", "pt"})
"""Languages that write 1.234,56 (Unicode CLDR, decimal symbols); all others of Amazon's marketplaces write 1,234.56.
Mexico writes a point.
"""

POINT_LOCALES = frozenset({"es_MX"})

ZONE_OFFSETS: dict[str, int] = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0,
    "WEST": 60, "BST": 60, "CET": 60, "MET": 60, "CEST": 120, "MEST": 120, "EET": 120, "EEST": 180, "TRT": 180,
    "AST": 180, "SAST": 120, "GST": 240, "SGT": 480, "JST": 540,
    "AEST": 600, "AEDT": 660, "ACST": 570, "ACDT": 630, "AWST": 480,
    "PST": -480, "PDT": -420, "MST": -420, "MDT": -360, "CST": -360, "CDT": -300, "EST": -300, "EDT": -240,
    "AKST": -540, "AKDT": -480, "HST": -600, "BRT": -180, "BRST": -120,
}  # fmt: skip
"""Minutes east of UTC of the zone abbreviations seen in or near Amazon's marketplaces (IANA time zone database)."""

COUNTRY_ZONE_OFFSETS: dict[tuple[str, str], int] = {
    ("IN", "IST"): 330,
    ("IE", "IST"): 60,
    ("AU", "EST"): 600,
    ("AU", "EDT"): 660,
}
"""Abbreviations that mean another zone in one marketplace."""


@dataclass(frozen=True)
class LocaleRules:
    """The locale of one document: its decimal mark, group marks, time zone and zone abbreviations."""

    decimal_mark: str = "."
    group_marks: str = ","
    time_zone: str = "UTC"
    marketplace_code: str = ""

    def offset(self, abbreviation: str) -> int:
        """Return minutes east of UTC. Raises ValueError for an abbreviation that is not listed here."""
        known = COUNTRY_ZONE_OFFSETS.get((self.marketplace_code, abbreviation), ZONE_OFFSETS.get(abbreviation))
        if known is None:
            raise ValueError("names an unknown time zone")
        return known

    def zone(self, name: str) -> ZoneInfo:
        """Return the zone a column names: UTC, marketplace or an IANA name."""
        return ZoneInfo(self.zone_name(name))

    def zone_name(self, name: str) -> str:
        """Return the IANA name of the zone a column names."""
        return self.time_zone if name == "marketplace" else name


def rules_for(marketplace: Marketplace | None, numbers: str) -> LocaleRules:
    """Return the rules for documents of a marketplace; `numbers` is the contract's: point, or marketplace."""
    if marketplace is None:
        return LocaleRules()
    language = marketplace.language
    comma = numbers == "marketplace" and language.split("_")[0] in COMMA_LANGUAGES and language not in POINT_LOCALES
    # Group marks of comma locales: point, blank, no-break blanks and the Swiss apostrophe do occur in Amazon's files.
    return LocaleRules(
        "," if comma else ".", ".\u0020\u00a0\u202f'" if comma else ",", marketplace.time_zone, marketplace.code
    )
