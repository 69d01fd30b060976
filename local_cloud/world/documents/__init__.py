"""The documents that the world can write, by report type; one module a family."""

from __future__ import annotations

from collections.abc import Mapping

from local_cloud.world.business import Producer
from local_cloud.world.documents import order_reports, sales_and_traffic, vendor_sales

PRODUCERS: Mapping[str, Producer] = {
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": order_reports.produce_flat_file,
    "GET_SALES_AND_TRAFFIC_REPORT": sales_and_traffic.produce,
    "GET_VENDOR_SALES_REPORT": vendor_sales.produce,
}
