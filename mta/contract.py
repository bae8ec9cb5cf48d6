"""What the product and the MTA say to each other, as msgpack. Nothing here does anything but check itself.

A *plan* is a mailing, once, with numbered *slots* where people differ. A *batch* is a slice of its recipients with the
values of those slots. An *outcome* is what became of one recipient. The product writes plain Unicode; encoding, MIME,
merging and signing are the MTA's.
"""

from __future__ import annotations

import zlib
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import msgspec

MAX_BATCH = 5_000
MAX_TEXT = 200
_ZLIB = b"x"  # how each stream of `zlib.compress` begins, and nothing in msgpack that is a map


class Lane(StrEnum):
    """Who goes first. Members stand in order: everything waiting in one lane leaves before the next lane's."""

    BREAKING = "breaking"
    TRANSACTIONAL = "transactional"
    NORMAL = "normal"
    BULK = "bulk"


class Status(StrEnum):
    """What became of a recipient. All but `deferred` are final."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Bounce(StrEnum):
    """Why a recipient could not be reached."""

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    MAILBOX_FULL = "mailbox_full"
    REFUSED = "refused"
    OTHER = "other"


class Finding(StrEnum):
    """What came of verifying a signature. `no_answer`: DNS could not be asked for the key."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601
    FAIL = "fail"
    NO_KEY = "no_key"
    NO_ANSWER = "no_answer"


class Control(StrEnum):
    """What a mailing is told to do."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


Form = Literal["text", "html", "url"]


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """A place for `Recipient.values[n]`.

    `form` says how the value is written there: ``text`` as it is, ``html`` with ``& < > " '`` escaped, ``url``
    percent-encoded so that it fits into any part of a URL. In a header a line break in a value becomes a space.
    """

    n: int
    form: Form = "text"


Segments: TypeAlias = list[str | Slot]


class Mailbox(msgspec.Struct, frozen=True):
    """A person and an address (RFC 5322 `mailbox`), for From, Sender and Reply-To. `name` may be empty."""

    name: str
    address: str


Header: TypeAlias = tuple[str, Segments | Mailbox]


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file. With `content_id` (no angle brackets) it is shown inside the HTML as ``cid:``, else listed below.

    With `digest` (of the content, SHA-256 in hex) the content is not in the plan but kept once for all plans of the
    tenant: `Client.put_file` before `Client.put_plan`.
    """

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""
    digest: str = ""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A DKIM key. `sealed` is the private key, encrypted with `mta.sealing.seal`; only the signer opens it."""

    domain: str
    selector: str
    algorithm: Literal["rsa-sha256", "ed25519-sha256"]
    sealed: bytes


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A mailing, compiled by the product. It does not change once it is put; a changed mailing is a new plan id.

    `headers` hold From (a `Mailbox`), Subject, Reply-To, List-Unsubscribe… The MTA adds To, Date, MIME-Version and
    Content-*, and a Message-ID where there is none. At least one of `html` and `text` is there. `return_path` is the
    envelope sender (empty list: the null sender). `expires_at`: seconds since 1970, after which nobody else gets it.
    `prove`: verify what was sent as a receiver does, and tell it with each final outcome. It takes questions to DNS.
    """

    id: str
    tenant: int
    mailing: str
    lane: Lane
    headers: list[Header]
    return_path: Segments
    html: Segments | None = None
    text: Segments | None = None
    to_name: Segments | None = None
    expires_at: float | None = None
    attachments: list[Attachment] = []
    signing: list[SigningKey] = []
    prove: bool = False


class Recipient(msgspec.Struct, frozen=True, array_like=True):
    """One recipient: the number in its mailing's ledger (≥ 0), the address, the values of the plan's slots."""

    seq: int
    address: str
    values: list[str]


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A slice of a mailing, up to `MAX_BATCH`. The id is unique in (tenant, mailing); feeding it twice does nothing."""

    id: str
    plan: str
    tenant: int
    mailing: str
    lane: Lane
    recipients: list[Recipient]


class Proof(msgspec.Struct, frozen=True, array_like=True):
    """What a receiver finds of one DKIM signature.

    `aligned`: its domain speaks for that of From (RFC 7489 3.1.1, relaxed). `reason`: why it failed, for experts.
    """

    domain: str
    selector: str
    finding: Finding
    aligned: bool
    reason: str = ""


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What happened to one recipient at one attempt.

    `at`: seconds since 1970. `code`: SMTP reply code, 0 where no server answered. `enhanced`: RFC 3463 code or "".
    `text`: the reply, at most `MAX_TEXT` characters. `host`: who answered. `bounce`: a `Bounce` or "". `tls`: version
    and how the server proved who it is (`tls.Proof`), as ``TLSv1.3 dane``; ``none`` in the clear, "" where no server
    answered. `hard`: writing to the address again is of no use. `proofs`: of each signature, where the plan asks to
    `prove` and a server answered; None: nothing was verified.
    """

    seq: int
    status: Status
    at: float
    attempt: int
    code: int = 0
    enhanced: str = ""
    text: str = ""
    host: str = ""
    bounce: str = ""
    tls: str = ""
    hard: bool = False
    proofs: list[Proof] | None = None


class Outcomes(msgspec.Struct, frozen=True, array_like=True):
    """Outcomes of one batch that were stored together."""

    tenant: int
    mailing: str
    batch: str
    outcomes: list[Outcome]


_encoder = msgspec.msgpack.Encoder()
_decoders: dict[type, msgspec.msgpack.Decoder[Any]] = {t: msgspec.msgpack.Decoder(t) for t in (Plan, Batch, Outcomes)}


def pack(thing: Plan | Batch | Outcomes) -> bytes:
    return _encoder.encode(thing)


def unpack_plan(data: bytes) -> Plan:
    plan: Plan = _decoders[Plan].decode(data)
    return plan


def pack_batch(batch: Batch) -> bytes:
    """Pack it small: recipients are alike, and a deferred million of them waits in memory."""
    return zlib.compress(pack(batch), 1)


def unpack_batch(data: bytes) -> Batch:
    """Read a batch, packed small or as it is.

    Raises:
        msgspec.MsgspecError: it is neither.
    """
    try:
        plain = zlib.decompress(data) if data[:1] == _ZLIB else data
    except zlib.error as error:
        raise msgspec.DecodeError(str(error)) from error
    batch: Batch = _decoders[Batch].decode(plain)
    return batch


def unpack_outcomes(data: bytes) -> Outcomes:
    outcomes: Outcomes = _decoders[Outcomes].decode(data)
    return outcomes


def reference(tenant: int, mailing: str, batch: str) -> str:
    """Return the name of a batch in Redis.

    Raises:
        ValueError: an id holds a colon, which separates the parts.
    """
    if ":" in mailing or ":" in batch or not mailing or not batch:
        raise ValueError(f"mailing and batch ids must be non-empty and hold no colon: {mailing!r}, {batch!r}")
    return f"{tenant}:{mailing}:{batch}"


def file_key(tenant: int, digest: str) -> str:
    """Return where the content of an attachment is kept in Redis."""
    return f"mta:file:{tenant}:{digest}"
