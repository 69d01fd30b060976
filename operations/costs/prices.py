"""List prices, from prices.yaml."""

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("prices.yaml")


@dataclass(frozen=True)
class Price:
    """What `per` units that a meter counts cost, and AWS's page that says so."""

    meter: str
    service: str
    unit: str
    price: float
    per: int
    page: str

    def of(self, quantity: float) -> float:
        """What a quantity costs."""
        return quantity * self.price / self.per


def prices(file: Path = FILE) -> list[Price]:
    """All list prices."""
    return [Price(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
