"""Values that are the same for all rows of a document: those of its request, and its own."""

from collections.abc import Mapping

from curation.conforming.values import parse_text
from curation.contracts.locales import LocaleRules
from curation.contracts.model import Marketplace, Table
from curation.errors import RefusedError
from curation.manifest import DocumentRecord


def constants(
    table: Table, document: DocumentRecord, marketplace: Marketplace | None, rules: LocaleRules
) -> Mapping[str, object]:
    """Return the values of the automatic columns and of the contract's `$request...` and `$document...`, by column.

    Raises RefusedError (RequestMalformed) for one that does not fit its column.
    """
    values: dict[str, object] = {
        "account_id": document.account,
        "marketplace_id": document.marketplace_id,
        "request_variant": document.variant,
        "request_window": document.window,
        "source_document": document.name,
        "observed_at": document.report_time.replace(tzinfo=None),
    }
    by_source = {
        "$request.window_start": document.window_start,
        "$request.window_end": document.window_end,
        "$request.marketplace_id": document.marketplace_id,
        "$request.variant": document.variant,
        "$document.report_time": document.report_time.isoformat(),
        "$document.report_id": document.report_id,
        "$marketplace.currency": marketplace.currency if marketplace and document.marketplace_id else None,
        **{f"$request.options.{name}": option for name, option in document.report_options.items()},
    }
    for column in table.columns:
        if column.constant:
            text = by_source.get(column.source)
            try:
                values[column.name] = None if text is None else parse_text(text, column, rules)
            except (ValueError, OverflowError) as error:
                raise RefusedError(
                    "RequestMalformed", f"{column.source}, from which column {column.name} is taken, {error}: {text}"
                ) from error
    return values
