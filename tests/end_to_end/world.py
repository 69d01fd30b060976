"""The small world of these tests: their accounts, their contracts, and the documents that the simulator serves in it.

Everything happens in June 2021, the month of Amazon's published examples: the simulator's clock starts there, and the
dispatcher is told the time. Two accounts have everything that a contract exists for, in July: nothing of theirs is due
before.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from operations.demo.accounts import first_day

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests" / "fixtures" / "amazon_examples"
CLOCK = "2021-06-24T12:00:00Z"
LATER = "2021-06-30T12:00:00Z"
EVERYTHING = "2021-07-23T13:30:00Z"
A_COMMON_DAY = date(2021, 7, 20)  # of all daily reports that are there by then: even of reimbursements, which are rare
APPLICATION = "lake"
US, CA, DE = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1PA6795UKMFR9"

SALES_AND_TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
ORDERS_CONTENT_TYPE = "text/plain; charset=Cp1252"


@dataclass(frozen=True)
class PartnerAccount:
    """An account of the lake and of the simulator; the refresh token is a canary."""

    name: str
    kind: str
    region: str
    marketplace: str
    marketplace_id: str
    selling_partner_id: str
    start_date: str
    end_date: str
    sources: Mapping[str, str | None]  # and the first day of each, if it is not the account's
    may_subscribe: bool = True
    refresh_token: str = field(default_factory=lambda: f"Atzr|canary-{secrets.token_hex(16)}", repr=False)

    def for_terraform(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "region": self.region,
            "selling_partner_id": self.selling_partner_id,
            "application": APPLICATION,
            "start_date": self.start_date,
            "end_date": self.end_date,
            "marketplaces": [self.marketplace],
            "sources": {source: {"start_date": first} if first else {} for source, first in self.sources.items()},
        }

    def for_the_simulator(self) -> dict[str, Any]:
        account_id = self.selling_partner_id if self.kind == "vendor" else f"amzn1.merchant.o.{self.selling_partner_id}"
        return {
            "name": self.name,
            "kind": self.kind,
            "region": self.region,
            "selling_partner_id": self.selling_partner_id,
            "account_id": account_id,
            "marketplaces": [self.marketplace_id],
            "refresh_token": self.refresh_token,
            "may_subscribe": self.may_subscribe,
            "application": APPLICATION,
        }


def accounts() -> dict[str, PartnerAccount]:
    day = datetime.fromisoformat(EVERYTHING).date()
    first, last = (day - timedelta(days=60)).isoformat(), day.isoformat()
    made = (
        PartnerAccount(
            "example-seller",
            "seller",
            "na",
            "US",
            US,
            "A1EXAMPLESELLR",
            "2021-06-11",
            "2021-06-14",
            _only("example_sales_and_traffic"),
        ),
        PartnerAccount(
            "example-vendor",
            "vendor",
            "na",
            "US",
            US,
            "amzn1.vg.1000001",
            "2021-06-06",
            "2021-06-19",
            _only(*FORTNIGHTS),
            may_subscribe=False,
        ),
        PartnerAccount(
            "example-week",
            "vendor",
            "na",
            "US",
            US,
            "amzn1.vg.1000002",
            "2021-06-06",
            "2021-06-12",
            _only("example_search_terms"),
        ),
        PartnerAccount(
            "example-day",
            "vendor",
            "na",
            "US",
            US,
            "amzn1.vg.1000003",
            "2021-06-24",
            "2021-06-24",
            _only("example_vendor_forecasting"),
        ),
        PartnerAccount(
            "orders", "seller", "eu", "DE", DE, "A1ORDERSSELLER", "2021-06-20", "2021-06-20", _only("all_orders")
        ),
        PartnerAccount(
            "restated",
            "seller",
            "eu",
            "DE",
            DE,
            "A1RESTATEDSELR",
            "2021-06-19",
            "2021-06-21",
            _only("sales_and_traffic"),
        ),
        PartnerAccount(
            "interrupted",
            "seller",
            "eu",
            "DE",
            DE,
            "A1INTERRUPTEDS",
            "2021-06-25",
            "2021-06-26",
            _only("sales_and_traffic"),
        ),
        PartnerAccount(
            "refused",
            "seller",
            "eu",
            "DE",
            DE,
            "A1REFUSEDSELLR",
            "2021-06-25",
            "2021-06-26",
            _only("sales_and_traffic"),
        ),
        PartnerAccount(
            "every-seller", "seller", "eu", "DE", DE, "A1EVERYSELLERS", first, last, every_source("seller", DE)
        ),
        PartnerAccount(
            "every-vendor", "vendor", "na", "CA", CA, "amzn1.vg.1000004", first, last, every_source("vendor", CA)
        ),
    )
    return {account.name: account for account in made}


def _only(*sources: str) -> dict[str, str | None]:
    return dict.fromkeys(sources)


def every_source(kind: str, marketplace_id: str) -> dict[str, str | None]:
    """Return all sources with a contract for a kind of account, each with its first day: that of its latest window.

    Daily sources begin on a day that most of them have.
    """
    time_zone = yaml.safe_load((ROOT / "contracts" / "marketplaces.yaml").read_text())["marketplaces"][marketplace_id][
        "time_zone"
    ]
    contracts = {
        path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "contracts" / "reports").glob("*.yaml"))
    }
    requests = {
        source: contract["request"] for source, contract in contracts.items() if kind in contract["request"]["accounts"]
    }
    return {source: _first_day(request, time_zone).isoformat() for source, request in requests.items()}


def _first_day(request: dict[str, Any], time_zone: str) -> date:
    now = datetime.fromisoformat(EVERYTHING)
    first = first_day(request, [time_zone], now, now.date() - timedelta(days=14), days=1)
    return min(first, A_COMMON_DAY) if request["window"]["grain"] == "day" else first


CLIENT_ID = "amzn1.application-oa2-client.end-to-end"
CLIENT_SECRET = f"amzn1.oa2-cs.v1.canary-{secrets.token_hex(16)}"


def write_simulator_accounts(path: Path, known: dict[str, PartnerAccount]) -> None:
    application = {"name": APPLICATION, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    path.write_text(
        json.dumps(
            {"applications": [application], "accounts": [account.for_the_simulator() for account in known.values()]}
        )
    )


BY_SKU = {"sku": {"dateGranularity": "DAY", "asinGranularity": "SKU"}}
PROGRAM = {"distributorView": "MANUFACTURING", "sellingProgram": "RETAIL"}
# Amazon's examples cover two weeks in one document: a period that the account's dates cut to exactly these.
TWO_WEEKS = {"grain": "day", "per_request": "P21D", "available_after": "PT72H", "week_starts": None}
FORTNIGHTS = (
    "example_vendor_sales",
    "example_vendor_inventory",
    "example_vendor_traffic",
    "example_vendor_net_pure_product_margin",
)
FORTNIGHTS += ("example_market_basket", "example_repeat_purchase")


def write_contracts(folder: Path) -> None:
    """All contracts as they are, and those that ask the questions which Amazon's examples answer."""
    source = ROOT / "contracts"
    for path in (path for path in sorted(source.rglob("*")) if path.is_file()):
        _copy(path, folder / path.relative_to(source))
    _write_variant(folder, "sales_and_traffic", BY_SKU, {"per_request": "P4D"})
    weeks = {"reportPeriod": "WEEK"}
    _write_variant(folder, "vendor_sales", {"weeks": weeks | PROGRAM}, TWO_WEEKS)
    _write_variant(folder, "vendor_inventory", {"weeks": weeks | PROGRAM}, TWO_WEEKS)
    for name in ("vendor_traffic", "vendor_net_pure_product_margin", "market_basket", "repeat_purchase"):
        _write_variant(folder, name, {"weeks": weeks}, TWO_WEEKS)
    _write_variant(folder, "search_terms", {"weeks": weeks}, {})
    _write_variant(folder, "vendor_forecasting", {"retail": {"sellingProgram": "RETAIL"}}, {"available_after": "PT1H"})


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())


def _write_variant(folder: Path, of: str, variants: dict[str, Any], window: dict[str, str | None]) -> None:
    contract = yaml.safe_load((ROOT / "contracts" / "reports" / f"{of}.yaml").read_text())
    contract["source"] = f"example_{of}"
    contract["request"] |= {"variants": variants, "poll_every": "PT5S"}
    changed = contract["request"]["window"] | window
    contract["request"]["window"] = {key: value for key, value in changed.items() if value is not None}
    contract["tables"] = {f"example_{table}": content for table, content in contract["tables"].items()}
    for table in contract["tables"].values():
        # Amazon's examples are made up: their totals are not the sums of their parts, which rules across tables would
        # say.
        table["quality"] = [rule for rule in table["quality"] if "query" not in rule]
    (folder / "reports" / f"example_{of}.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))


class Documents:
    """The folder from which the simulator serves; later entries win."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._write()

    def serve(
        self,
        name: str,
        content: bytes,
        report_type: str,
        marketplace_id: str,
        first_day: str | None = None,
        **more: Any,
    ) -> None:
        """Serve `content` for questions of this type and marketplace whose dates begin with `first_day`."""
        (self.folder / name).write_bytes(content)
        dates = {"data_start_time": first_day} if first_day else {}
        self.entries.append(
            {"file": name, "report_type": report_type, "marketplace_ids": [marketplace_id], **dates, **more}
        )
        self._write()

    def _write(self) -> None:
        draft = self.folder / "index.json.new"
        draft.write_text(json.dumps(self.entries))
        draft.replace(self.folder / "index.json")


def day_of_sales(day: str, units: dict[str, int], marketplace_id: str = DE) -> bytes:
    """A sales and traffic document of one day: units by child ASIN, everything else following from them."""
    by_asin = [
        {
            "parentAsin": asin,
            "childAsin": asin,
            "salesByAsin": {
                "unitsOrdered": count,
                "orderedProductSales": {"amount": count * 10.5, "currencyCode": "EUR"},
                "totalOrderItems": count,
            },
            "trafficByAsin": {"sessions": count * 7, "pageViews": count * 9, "buyBoxPercentage": 90.5},
        }
        for asin, count in units.items()
    ]
    total = sum(units.values())
    by_date = {
        "date": day,
        "salesByDate": {
            "unitsOrdered": total,
            "orderedProductSales": {"amount": total * 10.5, "currencyCode": "EUR"},
            "totalOrderItems": total,
        },
        "trafficByDate": {
            "sessions": total * 7,
            "pageViews": total * 9,
            "browserPageViews": total,
            "buyBoxPercentage": 90.5,
        },
    }
    specification = {
        "reportType": SALES_AND_TRAFFIC,
        "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
        "dataStartTime": day,
        "dataEndTime": day,
        "marketplaceIds": [marketplace_id],
    }
    return json.dumps(
        {
            "reportSpecification": specification,
            "salesAndTrafficByDate": [by_date] if units else [],
            "salesAndTrafficByAsin": by_asin,
        }
    ).encode()
