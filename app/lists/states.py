"""The states and kinds of this domain, as words that are stored."""

from __future__ import annotations

from enum import StrEnum


class SubscriptionState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SuppressionReason(StrEnum):
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    UNSUBSCRIBED = "unsubscribed"
    DOMAIN = "domain"
    ERASED = "erased"


class LetterKind(StrEnum):
    """What people are told of their consent: what came of their word, or that it is asked for again after two years."""

    RESULT = "result"
    RENEWAL = "renewal"


class ImportState(StrEnum):
    """Rows are read and judged (`reading`), wait for a person's yes (`previewed`), and then a job merges them."""

    READING = "reading"
    PREVIEWED = "previewed"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


# Where an import may go from each state.
IMPORT_MOVES: dict[ImportState, frozenset[ImportState]] = {
    ImportState.READING: frozenset({ImportState.PREVIEWED, ImportState.FAILED, ImportState.CANCELLED}),
    ImportState.PREVIEWED: frozenset({ImportState.READING, ImportState.RUNNING, ImportState.CANCELLED}),
    ImportState.RUNNING: frozenset({ImportState.FINISHED, ImportState.CANCELLED}),
    ImportState.FINISHED: frozenset({ImportState.UNDOING}),
    ImportState.FAILED: frozenset({ImportState.READING, ImportState.CANCELLED}),
    ImportState.CANCELLED: frozenset({ImportState.UNDOING}),
    ImportState.UNDOING: frozenset({ImportState.UNDONE}),
    ImportState.UNDONE: frozenset(),
}


class ImportSource(StrEnum):
    PASTE = "paste"
    FILE = "file"
    DATABASE = "database"


class DatabaseKind(StrEnum):
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLSERVER = "sqlserver"
    ORACLE = "oracle"


class Encryption(StrEnum):
    """How a connection to a database is protected: where it can be, always, or always and with its name checked."""

    TRY = "try"
    REQUIRE = "require"
    VERIFY = "verify"


class Gone(StrEnum):
    """What becomes of people who came from a database and are no longer in it."""

    LEAVE = "leave"
    UNSUBSCRIBE = "unsubscribe"
    REMOVE = "remove"


class ImportPolicy(StrEnum):
    """What becomes of the data of people we know already."""

    UPDATE = "update"
    FILL = "fill"
    KEEP = "keep"
    REPLACE = "replace"


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BIRTHDAY = "birthday"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    URL = "url"


class SegmentKind(StrEnum):
    SEGMENT = "segment"
    FAVOURITE = "favourite"


class RowVerdict(StrEnum):
    NEW = "new"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    INVALID = "invalid"


class BulkKind(StrEnum):
    COPY = "copy"
    MOVE = "move"
    UNSUBSCRIBE = "unsubscribe"
    EDIT = "edit"
    DELETE = "delete"


class BulkState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


# Where a bulk action may go from each state.
BULK_MOVES: dict[BulkState, frozenset[BulkState]] = {
    BulkState.RUNNING: frozenset({BulkState.FINISHED, BulkState.CANCELLED}),
    BulkState.FINISHED: frozenset({BulkState.UNDOING}),
    BulkState.CANCELLED: frozenset({BulkState.UNDOING}),
    BulkState.UNDOING: frozenset({BulkState.UNDONE}),
    BulkState.UNDONE: frozenset(),
}


class ExportState(StrEnum):
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ExportFormat(StrEnum):
    CSV_UTF8 = "csv_utf8"
    CSV_CP949 = "csv_cp949"
    XLSX = "xlsx"


class LeaveReason(StrEnum):
    TOO_MANY = "too_many"
    NOT_INTERESTING = "not_interesting"
    NEVER_ASKED = "never_asked"
    OTHER_ADDRESS = "other_address"
    OTHER = "other"
