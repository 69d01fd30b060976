"""What a business sells: families of products with variants, in every language of its marketplaces.

The names are chosen to break careless decoders: umlauts, accents, an en dash and typographic quotes (absent from
ISO-8859-1 but present in Windows-1252), a stray quotation mark in the middle of one name and an unbalanced one at the
start of another, and signs that exist in code page 932 but not in Shift_JIS.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from local_cloud.world.business import Business
from local_cloud.world.marketplaces import Marketplace
from local_cloud.world.randomness import code, draws, fraction

_UPPER = string.ascii_uppercase + string.digits


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of product: a short code for SKUs, a base price in euro cents, a group, and its name by language."""

    code: str
    price: int
    group: str
    names: dict[str, str]

    def name(self, language: str) -> str:
        """The name in a language, English where there is no translation."""
        return self.names.get(language, self.names["en"])


def _kind(code: str, price: int, group: str, **names: str) -> Kind:
    return Kind(code, price, group, names)


KINDS = (
    _kind(
        "GRND",
        3995,
        "Kitchen",
        pl="Młynek do kawy",
        de="Kaffeemühle mit Edelstahlmahlwerk",
        en="Coffee grinder – café style",
        fr="Moulin à café réglable",
        es="Molinillo de café",
        it="Macinacaffè manuale",
        ja="手動コーヒーミル①",
    ),
    _kind(
        "BOWL",
        1290,
        "Kitchen",
        pl="Miseczka śniadaniowa",
        de="Müslischüssel aus Steingut",
        en="Café au lait bowl",
        fr="Bol à café au lait",
        es="Cuenco de cerámica para café",
        it="Ciotola per caffè",
        ja="カフェオレボウル",
    ),
    _kind(
        "FRAM",
        1849,
        "Home",
        pl='Ramka 9" dąb',
        de='Bilderrahmen 9" Eiche',
        en='Picture frame 9" oak',
        fr='Cadre photo 9" chêne',
        es='Marco de fotos 9" roble',
        it='Cornice 9" rovere',
        ja='フォトフレーム 9" オーク',
    ),
    _kind(
        "CNDL",
        990,
        "Home",
        pl='"Hygge świeca zapachowa',
        de='"Hygge Duftkerze Föhr',
        en='"Hygge candle, crème brûlée',
        fr='"Hygge bougie parfumée à la crème',
        es='"Hygge vela aromática',
        it='"Hygge candela profumata',
        ja='"Hygge アロマキャンドル',
    ),
    _kind(
        "DOOR",
        2250,
        "Home",
        pl="Wycieraczka „Witaj”",
        de="Fußmatte „Schön, dass du da bist“",
        en="Door mat “naïve stripe”",
        fr="Paillasson « Bienvenue à la maison »",
        es="Felpudo «Mañana será otro día»",
        it="Zerbino «Perché no?»",
        ja="玄関マット ㈱ノルド",
    ),
    _kind(
        "STEP",
        3490,
        "Home",
        pl="Stołek z gumowymi nóżkami",
        de="Tritthocker mit Gummifüßen",
        en="Step stool – 2 steps",
        fr="Marchepied à deux marches",
        es="Taburete con peldaños",
        it="Sgabello a due gradini",
        ja="踏み台 2段",
    ),
    _kind(
        "HAND",
        795,
        "Beauty",
        pl="Krem do rąk migdałowy",
        de="Handcreme Süßmandel",
        en="Hand cream rosé",
        fr="Crème mains à l’amande douce",
        es="Crema de manos de almendra",
        it="Crema mani alla mandorla",
        ja="ハンドクリーム アーモンド",
    ),
    _kind(
        "LAMP",
        1599,
        "Sports",
        pl="Tylna lampka rowerowa",
        de="Fahrradrücklicht, StVZO-geprüft",
        en="Bicycle rear light, 40 lm",
        fr="Feu arrière pour vélo",
        es="Luz trasera para bicicleta",
        it="Luce posteriore per bici",
        ja="自転車テールライト",
    ),
    _kind(
        "NOTE",
        1150,
        "Office",
        pl="Notes w kropki – A5",
        de="Notizbuch gepunktet – A5, 120 g/m²",
        en="Dotted notebook – A5, 120 g/m²",
        fr="Carnet pointillé – A5",
        es="Cuaderno punteado – A5",
        it="Taccuino puntinato – A5",
        ja="ドット方眼ノート A5",
    ),
    _kind(
        "POTS",
        1690,
        "Garden",
        pl="Osłonka mrozoodporna",
        de="Blumenübertopf, frostbeständig",
        en="Plant pot, frost-proof to -10 °C",
        fr="Cache-pot résistant au gel",
        es="Maceta resistente a heladas",
        it="Coprivaso resistente al gelo",
        ja="植木鉢カバー",
    ),
    _kind(
        "KETL",
        4590,
        "Kitchen",
        pl="Czajnik z gwizdkiem",
        de="Wasserkessel 1½ Liter",
        en="Stovetop kettle 1½ litres",
        fr="Bouilloire sifflante 1½ litre",
        es="Hervidor 1½ litros",
        it="Bollitore 1½ litri",
        ja="やかん 1.5リットル",
    ),
    _kind(
        "SCRF",
        2790,
        "Apparel",
        pl="Szalik z wełny",
        de="Merinoschal naturgefärbt",
        en="Merino scarf, appliqué edge",
        fr="Écharpe en mérinos",
        es="Bufanda de lana – niño",
        it="Sciarpa in lana – metà prezzo",
        ja="メリノウール マフラー",
    ),
    _kind(
        "LNCH",
        1390,
        "Kitchen",
        pl="Śniadaniówka",
        de="Brotdose für Schüler",
        en="Lunch box, 2 tiers",
        fr="Boîte à goûter",
        es="Fiambrera para niños",
        it="Portamerenda a due piani",
        ja="二段弁当箱",
    ),
    _kind(
        "TEAP",
        2990,
        "Kitchen",
        pl="Dzbanek do herbaty",
        de="Teekännchen für zwei Tassen",
        en="Teapot for two, façade glaze",
        fr="Théière pour deux tasses",
        es="Tetera para dos tazas",
        it="Teiera per due tazze",
        ja="急須 2杯用",
    ),
)

COLOURS = (
    {"de": "grün", "en": "green", "fr": "vert forêt", "es": "verde añil", "it": "verde", "ja": "グリーン"},
    {"de": "weiß", "en": "white", "fr": "blanc crème", "es": "blanco", "it": "bianco", "ja": "ホワイト"},
    {"de": "türkis", "en": "turquoise", "fr": "bleu pétrole", "es": "turquesa", "it": "turchese", "ja": "ターコイズ"},
    {"de": "schwarz", "en": "black", "fr": "noir", "es": "negro", "it": "nero", "ja": "ブラック"},
)
COLOUR_CODES = ("GRN", "WHT", "TRQ", "BLK")


@dataclass(frozen=True)
class Product:
    """One sellable variant."""

    asin: str
    parent_asin: str
    sku: str
    fnsku: str
    brand: str
    kind: Kind
    colour: int
    base_price: int
    demand: float
    fulfilled_by_amazon: bool
    grams: int
    sides: tuple[float, float, float]

    def title(self, language: str) -> str:
        """The product's name in a marketplace's language."""
        brand = {"ja": "ノルドビー", "pl": "Nordby"}.get(language, self.brand) if self.brand == "Nørdby" else self.brand
        colour = COLOURS[self.colour].get(language, COLOURS[self.colour]["en"])
        name = self.kind.name(language)
        return f"{name} {brand}, {colour}" if name.startswith('"') else f"{brand} {name}, {colour}"

    @property
    def volume(self) -> float:
        """The package's volume in cubic centimetres."""
        longest, median, shortest = self.sides
        return longest * median * shortest

    def price(self, marketplace: Marketplace) -> int:
        """The usual price of one unit, in the currency's minor units, as shown to the buyer."""
        units = self.base_price * marketplace.price_factor
        return round(units / 100) if marketplace.exponent == 0 else max(100, round(units / 10) * 10 - 1)


@lru_cache(maxsize=64)
def products(business: Business) -> tuple[Product, ...]:
    """Return all variants that a business sells, best sellers first."""
    found: list[Product] = []
    source = draws(business.seed, business.account, "catalogue")
    kinds = list(KINDS)
    source.shuffle(kinds)
    brand = "Nørdby" if business.kind == "seller" else "Contoso Home"
    for rank, kind in enumerate(kinds):
        variants = source.choice((1, 2, 2, 3, 3, 4))
        parent = _asin(business, kind.code, "parent")
        by_amazon = fraction(business.seed, business.account, kind.code, "channel") < 0.75 or business.kind == "vendor"
        for variant in range(variants):
            asin = _asin(business, kind.code, variant)
            sku = f"{'ND' if business.kind == 'seller' else 'CH'}-{kind.code}-{COLOUR_CODES[variant]}"
            found.append(
                Product(
                    asin=asin,
                    parent_asin=parent if variants > 1 else asin,
                    sku=sku,
                    fnsku="X00" + code(_UPPER, 7, business.seed, business.account, sku, "fnsku") if by_amazon else "",
                    brand=brand,
                    kind=kind,
                    colour=variant,
                    base_price=kind.price + 100 * variant,
                    demand=0.84**rank * 0.7**variant,
                    fulfilled_by_amazon=by_amazon,
                    grams=source.randrange(80, 2400, 10),
                    sides=_sides(source.uniform(12, 44), source.uniform(8, 30), source.uniform(2, 12)),
                )
            )
    return tuple(sorted(found, key=lambda product: (-product.demand, product.sku)))


@lru_cache(maxsize=64)
def popularity(business: Business) -> tuple[float, ...]:
    """Return how well each product sells, added up along `products` (cumulative weights for a draw)."""
    return tuple(accumulate(product.demand for product in products(business)))


@lru_cache(maxsize=64)
def shipped_by(business: Business, by_amazon: bool) -> tuple[Product, ...]:
    """Return the products that Amazon ships, or those that the seller ships."""
    return tuple(product for product in products(business) if product.fulfilled_by_amazon == by_amazon)


def _asin(business: Business, *key: object) -> str:
    return "B0" + code(_UPPER, 8, business.seed, business.account, *key, "asin")


def _sides(*sides: float) -> tuple[float, float, float]:
    longest, median, shortest = sorted((round(side, 1) for side in sides), reverse=True)
    return longest, median, shortest
