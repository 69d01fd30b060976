-- Sales and traffic of each marketplace by day. Amounts are in the marketplace's currency.
SELECT
    account_id,
    marketplace_id,
    report_date,
    ordered_product_sales,
    ordered_product_sales_currency,
    units_ordered,
    sessions,
    page_views
FROM sales_and_traffic_by_date
ORDER BY report_date DESC, account_id, marketplace_id
LIMIT 100
