"""Named failures of curation: what refuses a document, and what stops a run."""

LONGEST_MESSAGE = 2_000


class RefusedError(Exception):
    """A document cannot be used; the other documents of the run are not affected.

    `code` is the name kept in operations.documents, `message` gives the reason. It reaches logs and alarms, so of a
    document it quotes only headers that the contract knows, lengths, positions and dates. Signs that no text can hold
    or that control a terminal are replaced, and long messages are cut.

    Codes: NotGzip, Truncated, TrailingBytes, DamagedGzip, Empty, Binary, WrongFormat, ErrorDocument, HeaderMissing,
    CharsetUnknown, LineTooLong, TooDeep, ValueTooLong, DoctypeRefused, NoRows, EchoMismatch, EchoMissing,
    EchoMalformed, RequestMalformed, ObjectMissing; and DecodingFailed, which is a fault of the decoder and not of the
    document.
    """

    def __init__(self, code: str, message: str) -> None:
        shown = "".join(sign if sign.isprintable() else "?" for sign in message[: LONGEST_MESSAGE + 1])
        self.code = code
        self.message = shown if len(shown) <= LONGEST_MESSAGE else shown[:LONGEST_MESSAGE] + "..."
        super().__init__(f"{code}: {self.message}")

    def __reduce__(self) -> tuple[type["RefusedError"], tuple[str, str]]:
        """Keep code and message when the error is pickled, on its way from a worker to the driver."""
        return RefusedError, (self.code, self.message)


class DecodeAgainError(Exception):
    """A document must be decoded again from its start, with the codec `charset`: the one before failed inside it."""

    def __init__(self, *, charset: str) -> None:
        super().__init__(f"charset={charset}")
        self.charset = charset


class InvalidContractError(Exception):
    """The bundle holds a contract that this job cannot follow; the message names the contract and the key."""


class IncompatibleTableError(Exception):
    """A contract asks for a change that the existing table cannot make; raised before anything is written."""


class AccountingError(Exception):
    """The rows of a document do not add up: a bug, whatever the document holds."""


class RuleFailedToRunError(Exception):
    """A quality rule raised instead of judging. The run fails: a batch that was not judged must not be published."""
