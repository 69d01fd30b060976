"""Queries of rules over {batch} and {promotions}: what the contract language takes, and what is not Spark's SQL."""

TAKEN = [
    "SELECT source_document FROM {batch}",
    "select\n  source_document\nfrom {batch}\nwhere note <> 'a; b -- c'",
    "WITH x AS (SELECT * FROM {promotions}) SELECT b.source_document FROM {batch} b ANTI JOIN x ON b.a <=> x.a",
    "SELECT source_document FROM {batch} WHERE a IS NULL UNION ALL SELECT source_document FROM {promotions}",
    "(SELECT source_document, count(*) FROM {batch} GROUP BY ALL HAVING count_if(a RLIKE '^[0-9]+$') > 1)",
    "SELECT source_document FROM {batch} LATERAL VIEW explode(split(tags, ',')) t AS tag WHERE tag = ''",
    "SELECT source_document FROM {batch} WHERE a RLIKE '^[A-Z]{3}[0-9]{2,4}$'",
    "SELECT source_document FROM {batch} WHERE a NOT RLIKE r'^\\d{3}$' AND b <> '{}'",
    "SELECT * FROM {batch}",
    "SELECT b.* FROM {batch} AS b JOIN {promotions} p ON b.a = p.a",
    "SELECT * FROM (SELECT *, a + 1 AS more FROM {batch} WHERE a > 0)",
    "WITH x AS (SELECT * FROM {batch}), y AS (SELECT * FROM X) SELECT * FROM y WHERE a IN (1, 2)",
    "SELECT SOURCE_DOCUMENT, a FROM {batch}",
    "SELECT b.Source_Document FROM {batch} b",
    "SELECT upper(a) AS `SOURCE_document` FROM {batch}",
    "SELECT source_document, a FROM {batch} GROUP BY source_document, a ORDER BY a, source_document LIMIT 10",
    "SELECT source_document, sum(a) OVER (PARTITION BY a ORDER BY b) AS s FROM {batch}",
    "SELECT source_document FROM {batch} WHERE map('a', 1)['a'] = 1 AND array()[0] IS NULL AND now() > b",
    "SELECT source_document FROM {batch} CROSS JOIN range(3) r WHERE {batch}.a = r.id",
    "SELECT source_document FROM {batch} WHERE a IN (SELECT a FROM {promotions})",
    "SELECT source_document FROM {batch} WHERE a = CASE WHEN b > 1 THEN 1 ELSE left(c, 1) END",
]

NOT_SPARK = {
    "SELECT source_document,, a FROM {batch}": "nothing follows the comma at line 1, column 23",
    "SELECT , source_document FROM {batch}": "nothing precedes the comma at line 1, column 8",
    "SELECT source_document, coalesce(a,) FROM {batch}": "nothing follows the comma",
    "SELECT source_document, coalesce(,a) FROM {batch}": "nothing precedes the comma",
    "SELECT source_document FROM {batch},": "nothing follows the comma",
    "SELECT source_document FROM {batch} WHERE a IN (1,)": "nothing follows the comma",
    "SELECT source_document FROM {batch} GROUP BY": "nothing follows 'GROUP BY' at line 1, column 37",
    "SELECT source_document FROM {batch} GROUP BY HAVING count(*) > 1": "nothing follows 'GROUP BY'",
    "SELECT source_document FROM {batch} GROUP BY source_document,": "nothing follows the comma",
    "SELECT source_document FROM {batch} ORDER BY": "nothing follows 'ORDER BY'",
    "SELECT source_document, sum(a) OVER (PARTITION BY) FROM {batch}": "nothing follows 'PARTITION BY'",
    "SELECT source_document FROM {batch} WHERE a IN ()": "IN has an empty list",
    "SELECT source_document FROM {batch} QUALIFY row_number() OVER (ORDER BY a) = 1": "Spark has no QUALIFY",
    "SELECT * EXCEPT (a) FROM {batch}": "Spark has no * that leaves out or renames columns",
}
"""Texts that Spark's parser refuses, each with what the validation says of it."""
