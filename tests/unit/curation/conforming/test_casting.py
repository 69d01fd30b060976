"""The fast path is taken for what Amazon ordinarily writes, and reads it like the slow one."""

from decimal import Decimal

import pyarrow as pa
import pytest
from curation.conforming.casting import CannotCastError, cast_numbers, cast_text, exact_decimals
from curation.conforming.values import parse_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Column

POINT = LocaleRules()
GERMAN = LocaleRules(",", ". ", "Europe/Berlin", "DE")


@pytest.mark.parametrize(
    ("column", "rules", "texts"),
    [
        (Column("v", "int"), POINT, ["5", "-7"]),
        (Column("v", "bigint"), POINT, ["9223372036854775807"]),
        (Column("v", "double"), POINT, ["0.1", "1e5", "-3"]),
        (Column("v", "double"), GERMAN, ["0,1"]),
        (Column("v", "decimal(18,4)"), POINT, ["-1234.5", "0", "99999999999999.9999"]),
        (Column("v", "decimal(18,4)"), POINT, ["0" * 29 + "123.5"]),
        (Column("v", "decimal(18,4)"), GERMAN, ["-0,99", "12"]),
        (Column("v", "boolean"), POINT, ["true", "false"]),
        (Column("v", "boolean"), POINT, ["Yes", "n", "1", "0", "TRUE"]),
        (Column("v", "date"), POINT, ["2026-11-01", "1950-02-28"]),
        (Column("v", "date", zone="marketplace"), GERMAN, ["2026-11-01T23:30:00Z", "2026-07-01T22:00:00+00:00"]),
        (Column("v", "date", formats=("%d.%m.%Y",)), GERMAN, ["20.11.2026"]),
        (Column("v", "date", formats=("%m/%d/%Y", "iso8601")), POINT, ["11/20/2026", "2026-11-20"]),
        (Column("v", "date", formats=("%Y-%m",)), POINT, ["2024-12"]),
        (Column("v", "timestamp"), POINT, ["2022-07-18T18:52:47+02:00", "2022-07-18T18:52:47Z"]),
        (Column("v", "timestamp", formats=("%Y-%m-%d %H:%M:%S %Z",)), POINT, ["2022-07-11 01:34:18 PDT"] * 2),
        (Column("v", "timestamp", formats=("%d.%m.%Y %H:%M:%S %Z",)), GERMAN, ["11.07.2022 01:34:18 CEST"]),
        (
            Column("v", "timestamp", formats=("%d.%m.%Y %H:%M:%S",)),
            POINT,
            ["11.07.2022 01:34:18", "01.07.2050 12:00:00"],
        ),
        (
            Column("v", "timestamp", formats=("%d.%m.%Y %H:%M:%S", "%Y-%m-%d"), zone="marketplace"),
            GERMAN,
            ["11.07.2022 01:34:18", "2022-01-01", "01.01.1970 01:00:00", "31.12.2036 12:00:00"],
        ),
        (Column("v", "string"), POINT, ["x", " y "]),
    ],
    ids=lambda value: value.type if isinstance(value, Column) else "",
)
def test_ordinary_columns_are_cast_as_a_whole(column, rules, texts):
    cast = cast_text(pa.array([*texts, "", None]), column, rules)
    assert cast.to_pylist() == [*(parse_text(text, column, rules) for text in texts), None, None]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (Column("v", "int"), ["0x1F"]),
        (Column("v", "int"), ["1e3"]),
        (Column("v", "decimal(18,4)"), ["1.23456"]),
        (Column("v", "decimal(38,4)"), ["9" * 35]),
        (Column("v", "double"), ["inf"]),
        (Column("v", "boolean"), ["true", "maybe"]),
        (Column("v", "date"), ["2026-11-01", "2026-11-01T23:30:00Z"]),
        (Column("v", "date", formats=("%d.%m.%Y",)), ["20.11.2026", "31.02.2026"]),
        (Column("v", "timestamp", formats=("%Y-%m-%d %H:%M:%S %Z",)), ["2022-07-11 01:34:18 XYZ"]),
        (Column("v", "timestamp", formats=("%Y-%m-%d %H:%M:%S %Z",)), ["2022-07-11 01:34:18"]),
        (Column("v", "timestamp", formats=("%d.%m.%Y %H:%M:%S",), zone="Europe/Berlin"), ["01.07.2050 12:00:00"]),
        (Column("v", "timestamp", formats=("%d.%m.%Y %H:%M:%S",), zone="Europe/Berlin"), ["28.03.2027 02:30:00"]),
        (Column("v", "timestamp"), ["9999-12-31T23:59:59-14:00"]),
    ],
    ids=lambda value: value.type if isinstance(value, Column) else "",
)
def test_what_arrow_may_read_otherwise_is_left_to_the_slow_path(column, texts):
    with pytest.raises(CannotCastError):
        cast_text(pa.array(texts), column, POINT)


def test_numbers_of_json_are_cast_as_a_whole():
    assert cast_numbers(pa.array([1, None, -3]), Column("v", "decimal(18,4)")).to_pylist() == [1, None, -3]
    assert cast_numbers(pa.array([1.0, 2.0]), Column("v", "int")).to_pylist() == [1, 2]
    for kind in ("int", "decimal(4,2)"):
        with pytest.raises(CannotCastError):
            cast_numbers(pa.array([1.555]), Column("v", kind))


def test_doubles_are_decimals_up_to_fifteen_digits_and_no_further():
    largest = 999_999_999_999_999.0
    assert exact_decimals(pa.array([largest, -largest]), 38, 0).to_pylist() == [int(largest), -int(largest)]
    assert exact_decimals(pa.array([99.99, None]), 4, 2).to_pylist() == [Decimal("99.99"), None]
    for value, precision, scale in (
        (largest + 1, 38, 0),
        (largest, 38, 1),
        (100.0, 4, 2),
        (0.001, 4, 2),
        (1e308, 38, 9),
    ):
        with pytest.raises(CannotCastError):
            exact_decimals(pa.array([value]), precision, scale)
