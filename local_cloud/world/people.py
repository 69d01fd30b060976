"""Where buyers live: a city, its region and a post code.

No real person or address; the reports drawn here carry nothing more.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A delivery address as order reports show it."""

    city: str
    state: str
    postal_code: str
    country: str


_PLACES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "DE": (
        ("München", "Bayern", "80331"),
        ("Köln", "Nordrhein-Westfalen", "50667"),
        ("Düsseldorf", "", "40213"),
        ("Berlin", "Berlin", "10115"),
        ("Würzburg", "Bayern", "97070"),
        ("Görlitz", "Sachsen", "02826"),
        ("Tübingen", "Baden-Württemberg", "72070"),
        ("Groß-Gerau", "Hessen", "64521"),
        ("Hamburg", "", "20095"),
        ("Leipzig", "Sachsen", "04109"),
    ),
    "GB": (
        ("LONDON", "", "SW1A 2AA"),
        ("Manchester", "Greater Manchester", "M1 1AE"),
        ("Edinburgh", "", "EH1 1YZ"),
        ("Llanfairpwll", "Ynys Môn", "LL61 5UJ"),
        ("Bristol", "Avon", "BS1 4DJ"),
        ("Saint Hélier", "Jersey", "JE2 3AB"),
    ),
    "US": (
        ("SEATTLE", "WA", "98101-1234"),
        ("New York", "NY", "10001"),
        ("Austin", "TX", "78701"),
        ("San José", "CA", "95112"),
        ("Española", "NM", "87532"),
        ("Boston", "MA", "02108"),
        ("Chicago", "IL", "60601-7511"),
    ),
    "FR": (
        ("Orléans", "", "45000"),
        ("Besançon", "", "25000"),
        ("Saint-Étienne", "", "42000"),
        ("Nîmes", "", "30000"),
        ("L’Haÿ-les-Roses", "", "94240"),
    ),
    "ES": (
        ("A Coruña", "A Coruña", "15001"),
        ("Málaga", "Málaga", "29001"),
        ("Logroño", "La Rioja", "26001"),
        ("Cádiz", "Cádiz", "11001"),
    ),
    "IT": (("Forlì", "FC", "47121"), ("Cefalù", "PA", "90015"), ("Milano", "MI", "20121"), ("Cantù", "CO", "22063")),
    "JP": (
        ("渋谷区", "東京都", "150-0002"),
        ("横浜市", "神奈川県", "220-0011"),
        ("札幌市", "北海道", "060-0001"),
        ("京都市", "京都府", "600-8216"),
    ),
}
_ELSEWHERE = (("Riverside", "", "1000"), ("Port Ellen", "", "2000"), ("Kingston", "", "3000"))


def place(country: str, source: random.Random) -> Place:
    """Draw a place in a country."""
    city, state, postal_code = source.choice(_PLACES.get(country, _ELSEWHERE))
    return Place(city, state, postal_code, country)
