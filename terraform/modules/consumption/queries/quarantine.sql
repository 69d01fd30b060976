-- Reasons for quarantined records, most frequent first. The records themselves are personal data and not shown.
SELECT
    table_name,
    column_name,
    reason,
    COUNT(*) AS records,
    COUNT(DISTINCT report_id) AS documents
FROM quarantine
GROUP BY table_name, column_name, reason
ORDER BY records DESC
LIMIT 100
