-- A vendor's ordered revenue and units by week. Weeks begin on Monday here; Amazon's own weekly reports begin on Sunday.
SELECT
    account_id,
    marketplace_id,
    distributor_view,
    DATE_TRUNC('week', start_date) AS week,
    SUM(ordered_revenue) AS ordered_revenue,
    MIN(ordered_revenue_currency) AS currency,
    SUM(ordered_units) AS ordered_units
FROM vendor_sales_aggregate
WHERE report_period = 'DAY'
GROUP BY account_id, marketplace_id, distributor_view, DATE_TRUNC('week', start_date)
ORDER BY week DESC, account_id, marketplace_id
LIMIT 100
