"""Named failures of curation: what refuses a document, and what stops a run."""

LONGEST_MESSAGE = 2_000


class RefusedError(Exception):
    """A document cannot be used. `code` is the name kept in operations.documents, `message` says why in words; nothing
    else is held back.

    A message may quote a document, which can hold anything: what no text can hold or steers a terminal is replaced, and
    what is long is cut.

    Codes: NotGzip, Truncated, TrailingBytes, DamagedGzip, Empty, Binary, WrongFormat, ErrorDocument, HeaderMissing,
    CharsetUnknown, LineTooLong, TooDeep, ValueTooLong, DoctypeRefused, NoRows, EchoMismatch, EchoMissing,
    EchoMalformed, RequestMalformed, ObjectMissing; and DecodingFailed, which is a fault of the decoder and not of the
    document.
    """

    def __init__(self, code: str, message: str) -> None:
        said = "".join(sign if sign.isprintable() else "?" for sign in message[: LONGEST_MESSAGE + 1])
        self.code = code
        self.message = said if len(said) <= LONGEST_MESSAGE else said[:LONGEST_MESSAGE] + "..."
        super().__init__(f"{code}: {self.message}")

    def __reduce__(self) -> tuple[type["RefusedError"], tuple[str, str]]:
        """Survive the way from a worker to the driver."""
        return RefusedError, (self.code, self.message)


class DecodeAgainError(Exception):
    """A large document must be decoded once more from its start, with what was learnt on the way.

    `charset`: the first guess failed deep inside the document. `whole`: it cannot be cut for several tasks.
    """

    def __init__(self, *, charset: str | None = None, whole: bool = False) -> None:
        super().__init__(f"charset={charset} whole={whole}")
        self.charset = charset
        self.whole = whole


class InvalidContractError(Exception):
    """The bundle holds a contract that this job cannot follow; the message names the contract and the key."""


class IncompatibleTableError(Exception):
    """A contract asks for a change that the existing table cannot make; raised before anything is written."""


class AccountingError(Exception):
    """The rows of a document do not add up: records = published + superseded + quarantined + excluded. A bug, never
    data.
    """


class RuleFailedToRunError(Exception):
    """A quality rule raised instead of judging; the run fails, because an unjudged batch must not be published."""
