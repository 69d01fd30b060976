-- Quality rules that failed, newest first.
SELECT
    judged_at,
    table_name,
    rule,
    severity,
    column_name,
    unexpected_count,
    run_id
FROM quality_results
WHERE NOT success
ORDER BY judged_at DESC
LIMIT 100
