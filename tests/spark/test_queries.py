"""The contract language and Spark agree on what is a query: Spark's own parser reads what validation takes."""

import pytest
from pyspark.errors import ParseException

from tests.rule_queries import NOT_SPARK, TAKEN


def parse(spark, query):
    text = query.replace("{batch}", "batch").replace("{promotions}", "promotions")
    return spark._jsparkSession.sessionState().sqlParser().parsePlan(text)


@pytest.mark.parametrize("query", TAKEN)
def test_spark_parses_what_is_taken(spark, query):
    assert parse(spark, query) is not None


@pytest.mark.parametrize("query", NOT_SPARK)
def test_spark_refuses_what_is_said_not_to_be_its_sql(spark, query):
    with pytest.raises(ParseException):
        parse(spark, query)
