"""Amazon's marketplaces as the world needs them.

Identifiers and regions: SP-API docs, "Marketplace IDs". Currencies and time zones are not in those docs; they follow
the Amazon Ads API's convention. The character set of flat files by marketplace is what the Content-Type header of real
documents says (Cp1252 in Europe, Shift_JIS in Japan, UTF-8 elsewhere; Poland and Turkey are assumed to have their own
Windows code pages).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

_TAX_RATES = {"DE": 0.19, "UK": 0.20, "FR": 0.20, "IT": 0.22, "ES": 0.21, "US": 0.08, "CA": 0.12, "JP": 0.10}


@dataclass(frozen=True)
class Marketplace:
    """One marketplace: its identity, its language, and how its files are written."""

    id: str
    code: str
    region: str
    country: str
    currency: str
    time_zone: str
    language: str
    domain: str
    order_prefix: str
    price_factor: float
    orders_per_day: float

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the marketplace counts its days."""
        return ZoneInfo(self.time_zone)

    @property
    def exponent(self) -> int:
        """Digits after the decimal point of the currency (ISO 4217)."""
        return 0 if self.currency == "JPY" else 2

    @property
    def charset(self) -> str:
        """The charset that the Content-Type header of a flat file names."""
        if self.region != "EU" or self.code in {"EG", "SA", "AE", "IN"}:
            return "Shift_JIS" if self.code == "JP" else "UTF-8"
        return {"PL": "Cp1250", "TR": "Cp1254"}.get(self.code, "Cp1252")

    @property
    def codec(self) -> str:
        """Python's name for the bytes of a flat file (what is called Shift_JIS is in truth Windows code page 932)."""
        return "cp932" if self.charset == "Shift_JIS" else self.charset.lower()

    @property
    def decimal_comma(self) -> bool:
        """Whether local number formats have a decimal comma (used by settlement files only)."""
        return self.code in {"DE", "FR", "IT", "ES", "NL", "BE", "SE", "PL", "TR", "BR"}

    @property
    def tax_inclusive(self) -> bool:
        """Whether prices contain the tax (VAT, GST, consumption tax) or it is added on top (sales tax)."""
        return self.code not in {"US", "CA"}

    @property
    def tax_rate(self) -> float:
        """The usual rate of that tax."""
        return _TAX_RATES.get(self.code, 0.2)

    def money(self, minor: int) -> Decimal:
        """Turn an amount in minor units (cents, yen) into the currency's amount."""
        return Decimal(minor).scaleb(-self.exponent)

    def text(self, minor: int) -> str:
        """Write an amount as flat files do: a decimal point, the currency's digits, no grouping."""
        return f"{self.money(minor):f}"

    def number(self, minor: int) -> float:
        """Give an amount as JSON documents do: a plain number."""
        return float(self.money(minor))


_ROWS = (
    ("A2EUQ1WTGCTBG2", "CA", "NA", "CA", "CAD", "America/Los_Angeles", "en", "Amazon.ca", "701", 1.4, 14),
    ("ATVPDKIKX0DER", "US", "NA", "US", "USD", "America/Los_Angeles", "en", "Amazon.com", "111", 1.1, 52),
    ("A1AM78C64UM0Y8", "MX", "NA", "MX", "MXN", "America/Los_Angeles", "es", "Amazon.com.mx", "701", 19.0, 10),
    ("A2Q3Y263D00KWC", "BR", "NA", "BR", "BRL", "America/Sao_Paulo", "en", "Amazon.com.br", "701", 5.6, 8),
    ("A28R8C7NBKEWEA", "IE", "EU", "IE", "EUR", "Europe/Dublin", "en", "Amazon.ie", "205", 1.05, 6),
    ("A1RKKUPIHCS9HS", "ES", "EU", "ES", "EUR", "Europe/Paris", "es", "Amazon.es", "404", 1.0, 14),
    ("A1F83G8C2ARO7P", "UK", "EU", "GB", "GBP", "Europe/London", "en", "Amazon.co.uk", "203", 0.87, 27),
    ("A13V1IB3VIYZZH", "FR", "EU", "FR", "EUR", "Europe/Paris", "fr", "Amazon.fr", "402", 1.0, 18),
    ("AMEN7PMS3EDWL", "BE", "EU", "BE", "EUR", "Europe/Brussels", "fr", "Amazon.com.be", "408", 1.0, 6),
    ("A1805IZSGTT6HS", "NL", "EU", "NL", "EUR", "Europe/Amsterdam", "de", "Amazon.nl", "406", 1.0, 8),
    ("A1PA6795UKMFR9", "DE", "EU", "DE", "EUR", "Europe/Berlin", "de", "Amazon.de", "304", 1.0, 44),
    ("APJ6JRA9NG5V4", "IT", "EU", "IT", "EUR", "Europe/Rome", "it", "Amazon.it", "405", 1.0, 14),
    ("A2NODRKZP88ZB9", "SE", "EU", "SE", "SEK", "Europe/Stockholm", "de", "Amazon.se", "407", 11.0, 6),
    ("AE08WJ6YKNBMC", "ZA", "EU", "ZA", "ZAR", "Africa/Johannesburg", "en", "Amazon.co.za", "409", 20.0, 4),
    ("A1C3SOZRARQ6R3", "PL", "EU", "PL", "PLN", "Europe/Warsaw", "pl", "Amazon.pl", "408", 4.3, 7),
    ("ARBP9OOSHTCHU", "EG", "EU", "EG", "EGP", "Africa/Cairo", "en", "Amazon.eg", "409", 52.0, 4),
    ("A33AVAJ2PDY3EV", "TR", "EU", "TR", "TRY", "Europe/Istanbul", "en", "Amazon.com.tr", "408", 36.0, 5),
    ("A17E79C6D8DWNP", "SA", "EU", "SA", "SAR", "Asia/Riyadh", "en", "Amazon.sa", "409", 4.1, 4),
    ("A2VIGQ35RCS4UG", "AE", "EU", "AE", "AED", "Asia/Dubai", "en", "Amazon.ae", "409", 4.0, 5),
    ("A21TJRUUN4KGV", "IN", "EU", "IN", "INR", "Asia/Kolkata", "en", "Amazon.in", "408", 92.0, 12),
    ("A19VAU5U5O7RUS", "SG", "FE", "SG", "SGD", "Asia/Singapore", "en", "Amazon.sg", "503", 1.5, 5),
    ("A39IBJ37TRP1C6", "AU", "FE", "AU", "AUD", "Australia/Sydney", "en", "Amazon.com.au", "503", 1.6, 8),
    ("A1VC38T7YXB528", "JP", "FE", "JP", "JPY", "Asia/Tokyo", "ja", "Amazon.co.jp", "503", 160.0, 20),
)

MARKETPLACES = {row[0]: Marketplace(*row) for row in _ROWS}


def marketplace(marketplace_id: str) -> Marketplace:
    """Return the marketplace of an id; an unknown id is a KeyError."""
    return MARKETPLACES[marketplace_id]
