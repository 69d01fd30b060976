"""What the simulator serves in these tests, and when."""

from tests.end_to_end import world
from tests.end_to_end.order_file import order_file

# Amazon's examples and the day that each begins with.
EXAMPLES: dict[str, str | None] = {
    "GET_SALES_AND_TRAFFIC_REPORT": "2021-06-11",
    "GET_VENDOR_SALES_REPORT": "2021-06-06",
    "GET_VENDOR_INVENTORY_REPORT": "2021-06-06",
    "GET_VENDOR_TRAFFIC_REPORT": "2021-06-06",
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": "2021-06-06",
    "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": "2021-06-06",
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": "2021-06-06",
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": "2021-06-06",
    "GET_VENDOR_FORECASTING_REPORT": None,  # has no dates
}

BEFORE = {
    "2021-06-19": {"B00000000A": 3, "B00000000B": 5},
    "2021-06-20": {"B00000000A": 2},
    "2021-06-21": {"B00000000A": 1, "B00000000C": 4},
}
# Figures corrected, one product gone and one new; a day emptied; a day as it was.
AFTER = {
    "2021-06-19": {"B00000000A": 4, "B00000000D": 1},
    "2021-06-20": {},
    "2021-06-21": {"B00000000A": 1, "B00000000C": 4},
}
INTERRUPTED = {"2021-06-25": {"B00000000A": 6}, "2021-06-26": {"B00000000A": 7, "B00000000B": 8}}


def serve_first_documents(documents: world.Documents) -> None:
    """Amazon's examples, the order file, and the first version of the days that are restated later."""
    for report_type, first_day in EXAMPLES.items():
        documents.serve(
            f"{report_type}.json",
            (world.EXAMPLES / f"{report_type}.json").read_bytes(),
            report_type,
            world.US,
            first_day,
        )
    # The first day in Berlin begins at 22:00 UTC of the day before.
    documents.serve(
        "orders.txt",
        order_file(),
        world.ALL_ORDERS,
        world.DE,
        "2021-06-19T22:00:00",
        content_type=world.ORDERS_CONTENT_TYPE,
    )
    _serve_days(documents, "first", BEFORE)
    _serve_days(documents, "interrupted", INTERRUPTED)


def serve_restatements(documents: world.Documents) -> None:
    """The days as Amazon tells them later."""
    _serve_days(documents, "later", AFTER)


def _serve_days(documents: world.Documents, version: str, days: dict[str, dict[str, int]]) -> None:
    for day, units in days.items():
        documents.serve(f"{version}-{day}.json", world.day_of_sales(day, units), world.SALES_AND_TRAFFIC, world.DE, day)
