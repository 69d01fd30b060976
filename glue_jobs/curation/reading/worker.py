"""What one of Spark's workers does: it reads its share of the documents and yields their rows."""

import gc
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from curation.conforming.conform import Conformed
from curation.contracts.model import Contract, Marketplace, Table
from curation.errors import DecodeAgainError, RefusedError
from curation.manifest import DocumentRecord
from curation.platform.stores import Store
from curation.reading.document import DocumentDecoder
from curation.reading.frame import FrameWriter
from curation.reading.summary import Counts
from curation.reading.tasks import Task

logger = logging.getLogger(__name__)


def worker(
    contract: Contract, shares: Sequence[Sequence[Task]], marketplaces: Mapping[str, Marketplace], store: Store
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function for mapInArrow: its input names shares by number, its output is a frame (see `frame`)."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        output = FrameWriter(contract)
        # Millions of acyclic records: reference counting frees them, and looking for cycles takes a third of the time.
        gc.disable()
        try:
            for batch in batches:
                for share in batch.column(0).to_pylist():
                    for task in shares[share]:
                        yield from _read(contract, task, marketplaces, store, output)
        finally:
            gc.enable()

    return read


def _read(
    contract: Contract, task: Task, marketplaces: Mapping[str, Marketplace], store: Store, output: FrameWriter
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one task, then its summary.

    Rows of a small document wait until all of it could be read.
    """
    marketplace = marketplaces.get(task.document.marketplace_id or next(iter(task.document.marketplace_ids), ""))
    charset = task.charset
    while True:
        attempt = _Attempt(contract, task, marketplace, charset)
        try:
            pieces = attempt.pieces(store)
            for table, conformed in pieces if task.streamed else list(pieces):
                yield from output.rows(task.number, table, conformed)
        except DecodeAgainError as error:
            if not task.streamed:
                charset = error.charset
                continue
            attempt.again = error.charset
        except RefusedError as error:
            attempt.refusal = error
            _log_fault(task.document, error)
        yield output.summary(task.number, attempt.summary())
        return


def _log_fault(document: DocumentRecord, refusal: RefusedError) -> None:
    """Log where the decoder failed, without the error's message, which may hold values of the document."""
    if refusal.code == "DecodingFailed" and refusal.__cause__ is not None:
        frames = "".join(traceback.format_tb(refusal.__cause__.__traceback__))
        logger.error(
            "document %s, %s: the decoder failed: %s\n%s",
            document.name,
            document.uri,
            type(refusal.__cause__).__name__,
            frames,
        )


class _Attempt:
    """One reading of one document, with what it counts."""

    def __init__(self, contract: Contract, task: Task, marketplace: Marketplace | None, charset: str | None) -> None:
        self._task = task
        self._charset = charset
        self._decoder = DocumentDecoder(contract, task.document, marketplace)
        self._counts: dict[str, Counts] = defaultdict(Counts)
        self.refusal: RefusedError | None = None
        self.again: str | None = None

    def pieces(self, store: Store) -> Iterator[tuple[Table, Conformed]]:
        with store.open(self._task.document.uri) as stored:
            for table, conformed in self._decoder.rows(
                stored, charset=self._charset, part=self._task.part, parts=self._task.parts
            ):
                self._counts[table.name].add(
                    {
                        "records": conformed.records,
                        "conformed": conformed.rows.num_rows,
                        "quarantined": len(conformed.quarantined),
                        "excluded": sum(conformed.excluded.values()),
                        "excluded_by": conformed.excluded,
                    }
                )
                yield table, conformed

    def summary(self) -> dict[str, Any]:
        return {
            "refusal": [self.refusal.code, self.refusal.message] if self.refusal else None,
            "again": self.again,
            "charset": self._decoder.charset,
            "unknown": sorted(self._decoder.unknown),
            "missing": sorted(self._decoder.missing),
            "counts": {name: vars(counts) for name, counts in self._counts.items()},
        }
