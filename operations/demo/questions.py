"""Questions of a seller and a vendor, as SQL that Athena answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question in words and in SQL (on the curated database)."""

    words: str
    sql: str


QUESTIONS = (
    Question(
        "Which products sell best, and how many visits become orders?",
        """
SELECT marketplace_id AS marketplace, child_asin AS asin, SUM(units_ordered) AS units,
       CAST(SUM(ordered_product_sales) AS DECIMAL(18, 2)) AS sales, MIN(ordered_product_sales_currency) AS currency,
       ROUND(1e2 * SUM(units_ordered) / NULLIF(SUM(sessions), 0), 1) AS units_per_100_visits
FROM sales_and_traffic_by_asin
GROUP BY marketplace_id, child_asin
ORDER BY SUM(ordered_product_sales) DESC, child_asin
LIMIT 5""",
    ),
    Question(
        "What do buyers order each day, and how much of it is cancelled?",
        """
SELECT CAST(purchase_date AS DATE) AS purchase_day, sales_channel,
       COUNT(DISTINCT amazon_order_id) AS orders, SUM(quantity) AS units,
       CAST(SUM(item_price) AS DECIMAL(18, 2)) AS value, MIN(currency) AS currency,
       COUNT(DISTINCT CASE WHEN order_status = 'Cancelled' THEN amazon_order_id END) AS cancelled
FROM orders
GROUP BY CAST(purchase_date AS DATE), sales_channel
ORDER BY purchase_day DESC, sales_channel
LIMIT 6""",
    ),
    Question(
        "Vendor: how do shipped units follow ordered units, week by week?",
        """
SELECT CAST(DATE_TRUNC('week', start_date) AS DATE) AS week_of,
       SUM(ordered_units) AS ordered, SUM(shipped_units) AS shipped,
       CAST(SUM(ordered_revenue) AS DECIMAL(18, 2)) AS ordered_revenue, MIN(ordered_revenue_currency) AS currency,
       COUNT(*) AS days
FROM vendor_sales_aggregate
GROUP BY DATE_TRUNC('week', start_date)
ORDER BY week_of DESC
LIMIT 5""",
    ),
)

TABLES = """
SELECT d.table_name, d.documents, d.records, d.published, d.superseded, d.quarantined, d.excluded,
       q.rules, q.critical_failures, q.warnings
FROM (
  SELECT table_name, COUNT(*) AS documents, SUM(records) AS records, SUM(published) AS published,
         SUM(superseded) AS superseded, SUM(quarantined) AS quarantined, SUM(excluded) AS excluded
  FROM documents
  GROUP BY table_name
) d
LEFT JOIN (
  SELECT table_name, COUNT(DISTINCT rule) AS rules,
         SUM(CASE WHEN NOT success AND severity = 'critical' THEN 1 ELSE 0 END) AS critical_failures,
         SUM(CASE WHEN NOT success AND severity = 'warning' THEN 1 ELSE 0 END) AS warnings
  FROM quality_results
  GROUP BY table_name
) q ON q.table_name = d.table_name
ORDER BY d.table_name"""
