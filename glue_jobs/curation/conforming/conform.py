"""From a block of records to rows of a table.

Named rules exclude records, the rest is cast, and what does not fit goes to quarantine with line, column and reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.conforming.blocks import Block, Reasons
from curation.conforming.casting import CannotCastError
from curation.contracts.arrow_types import arrow_schema, arrow_type
from curation.contracts.locales import LocaleRules
from curation.contracts.model import OTHER_COLUMNS, Column, Selection, Table


@dataclass(frozen=True)
class Quarantined:
    """A record that could not be published."""

    line: int
    column: str | None
    reason: str
    record: str


@dataclass
class Conformed:
    """What a block gave: rows that fit, records in quarantine, and how many were excluded by which rule."""

    rows: pa.RecordBatch
    records: int
    quarantined: list[Quarantined] = field(default_factory=list)
    excluded: dict[str, int] = field(default_factory=dict)


def conform(table: Table, block: Block, constants: Mapping[str, object], rules: LocaleRules) -> Conformed:
    """Return the rows of a table that a block gives.

    `constants` holds the automatic columns and the values of `$request...` and `$document...` by column name, as Python
    values (texts where the column is neither a string nor an instant are read like the file's).
    """
    records = block.size
    block, excluded = _selected(table.where, block)
    arrays: dict[str, pa.Array] = {}
    bad: dict[int, tuple[str | None, str]] = {}
    for column in table.fields:
        if column.name == OTHER_COLUMNS:
            arrays[column.name] = block.others()
        elif column.name in constants:
            arrays[column.name] = pa.repeat(pa.scalar(constants[column.name], arrow_type(column)), block.size)
        elif column.source == "$row.number":
            arrays[column.name] = pa.array(block.lines, pa.int64()).cast(arrow_type(column))
        else:
            arrays[column.name], reasons = _column(column, block, rules)
            for row, reason in reasons.items():
                bad.setdefault(row, (column.name, reason))
    rows = pa.record_batch([arrays[column.name] for column in table.fields], schema=arrow_schema(table))
    if not bad:
        return Conformed(rows, records, excluded=excluded)
    mask: Any = np.ones(block.size, dtype=bool)
    mask[list(bad)] = False
    quarantined = [
        Quarantined(int(block.lines[row]), name, reason, block.raw(row)) for row, (name, reason) in sorted(bad.items())
    ]
    return Conformed(rows.filter(pa.array(mask)), records, quarantined, excluded)


def _selected(where: tuple[Selection, ...], block: Block) -> tuple[Block, dict[str, int]]:
    excluded: dict[str, int] = {}
    for rule in where:
        texts = pc.fill_null(block.texts(rule.column), "")
        holds = (
            pc.equal(texts, "")
            if rule.test == "empty"
            else pc.not_equal(texts, "")
            if rule.test == "present"
            else pc.equal(texts, rule.test)
        )
        stays = np.asarray(holds if rule.keep else pc.invert(holds))
        if stays.all():
            continue
        excluded[rule.name] = int((~stays).sum())
        block = block.select(np.flatnonzero(stays))
    return block, excluded


def _column(column: Column, block: Block, rules: LocaleRules) -> tuple[pa.Array, Reasons]:
    reasons: Reasons = {}
    try:
        array = block.cast(column, rules)
    except CannotCastError:
        values, reasons = block.parse(column, rules)
        array = pa.array(values, arrow_type(column))
    if column.required and array.null_count:
        for row in np.flatnonzero(np.asarray(array.is_null())).tolist():
            reasons.setdefault(row, "is required and missing")
    return array, reasons
