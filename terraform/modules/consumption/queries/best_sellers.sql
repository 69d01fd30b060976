-- Best-selling ASINs of the last 28 days in the table.
SELECT
    account_id,
    marketplace_id,
    child_asin,
    SUM(units_ordered) AS units_ordered,
    SUM(ordered_product_sales) AS ordered_product_sales,
    MIN(ordered_product_sales_currency) AS currency,
    SUM(sessions) AS sessions
FROM sales_and_traffic_by_asin
WHERE report_date > (SELECT MAX(report_date) FROM sales_and_traffic_by_asin) - INTERVAL '28' DAY
GROUP BY account_id, marketplace_id, child_asin
ORDER BY units_ordered DESC
LIMIT 25
