"""The documents of the world, one module per family of report types; the figures in them come from the world."""

from __future__ import annotations

from collections.abc import Mapping

from local_cloud.world.business import Producer
from local_cloud.world.documents import (
    brand_analytics,
    fee_reports,
    fulfilment_reports,
    inventory_report,
    ledger_reports,
    listing_report,
    order_reports,
    sales_and_traffic,
    vendor_analytics,
    vendor_sales,
    xml_orders,
)

PRODUCERS: Mapping[str, Producer] = {
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": fulfilment_reports.produce_shipments,
    "GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT": brand_analytics.produce_market_basket,
    "GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT": brand_analytics.produce_repeat_purchase,
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": brand_analytics.produce_search_terms,
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": fee_reports.produce_fee_preview,
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": fulfilment_reports.produce_customer_returns,
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": inventory_report.produce,
    "GET_FBA_REIMBURSEMENTS_DATA": fulfilment_reports.produce_reimbursements,
    "GET_FBA_STORAGE_FEE_CHARGES_DATA": fee_reports.produce_storage_fees,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": order_reports.produce_flat_file,
    "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE": fulfilment_reports.produce_seller_returns,
    "GET_LEDGER_DETAIL_VIEW_DATA": ledger_reports.produce_detail,
    "GET_LEDGER_SUMMARY_VIEW_DATA": ledger_reports.produce_summary,
    "GET_MERCHANT_LISTINGS_ALL_DATA": listing_report.produce,
    "GET_SALES_AND_TRAFFIC_REPORT": sales_and_traffic.produce,
    "GET_VENDOR_FORECASTING_REPORT": vendor_analytics.produce_forecast,
    "GET_VENDOR_INVENTORY_REPORT": vendor_analytics.produce_inventory,
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": vendor_analytics.produce_margin,
    "GET_VENDOR_REAL_TIME_INVENTORY_REPORT": vendor_analytics.produce_real_time_inventory,
    "GET_VENDOR_SALES_REPORT": vendor_sales.produce,
    "GET_VENDOR_TRAFFIC_REPORT": vendor_analytics.produce_traffic,
    "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": xml_orders.produce,
}
"""Settlements are not here: they cannot be requested (settlement_reports.py)."""
