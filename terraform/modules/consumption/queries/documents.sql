-- Document outcomes by source.
SELECT
    source,
    table_name,
    outcome,
    COUNT(*) AS documents,
    SUM(records) AS records,
    SUM(published) AS published,
    SUM(superseded) AS superseded,
    SUM(quarantined) AS quarantined,
    SUM(excluded) AS excluded,
    MAX(curated_at) AS last_curated_at
FROM documents
GROUP BY source, table_name, outcome
ORDER BY source, table_name, outcome
