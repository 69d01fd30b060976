"""The marketplaces of the world and those of the contracts are the same: each table is written by itself."""

from pathlib import Path

import yaml

from local_cloud.world.marketplaces import MARKETPLACES

CONTRACTS = Path(__file__).parents[3] / "contracts" / "marketplaces.yaml"


def test_the_world_and_the_contracts_agree_on_every_marketplace() -> None:
    contracts = yaml.safe_load(CONTRACTS.read_text(encoding="utf-8"))["marketplaces"]
    world = {
        market.id: {
            "code": market.code,
            "region": market.region.lower(),
            "country": market.country,
            "currency": market.currency,
            "time_zone": market.time_zone,
            "code_page": market.codec,
        }
        for market in MARKETPLACES.values()
    }
    assert world == {
        identifier: {name: value for name, value in entry.items() if name != "language"}
        for identifier, entry in contracts.items()
    }
