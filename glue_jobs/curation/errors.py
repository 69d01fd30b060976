"""Named failures of curation: what refuses a document, and what stops a run."""


class RefusedError(Exception):
    """A document cannot be used. `code` is the name kept in operations.documents, `message` says why in words; nothing else is held back.

    Codes: NotGzip, Truncated, TrailingBytes, DamagedGzip, Empty, Binary, WrongFormat, ErrorDocument, HeaderMissing, CharsetUnknown, LineTooLong,
    TooDeep, ValueTooLong, DoctypeRefused, NoRows, EchoMismatch, EchoMissing, ObjectMissing.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

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
    """The rows of a document do not add up: records = published + superseded + quarantined + excluded. A bug, never data."""


class RuleFailedToRunError(Exception):
    """A quality rule raised instead of judging; the run fails, because an unjudged batch must not be published."""
