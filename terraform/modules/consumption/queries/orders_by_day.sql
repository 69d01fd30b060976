-- Orders, lines and units by marketplace and day of purchase (UTC), cancelled lines left out.
SELECT
    account_id,
    sales_channel,
    CAST(purchase_date AS DATE) AS purchase_day,
    COUNT(DISTINCT amazon_order_id) AS orders,
    COUNT(*) AS order_lines,
    SUM(quantity) AS units,
    SUM(item_price) AS item_price,
    currency
FROM orders
WHERE item_status <> 'Cancelled'
GROUP BY account_id, sales_channel, CAST(purchase_date AS DATE), currency
ORDER BY purchase_day DESC, account_id, sales_channel
LIMIT 100
