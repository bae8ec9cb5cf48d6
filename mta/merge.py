"""A plan compiled once for the process, and merged for one recipient after the other.

The message is: fields that are the same for all, fields that differ, the body. Encoding, boundaries and attachments
are settled when compiling.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from hashlib import sha256

from mta.contract import Attachment, Mailbox, Plan, Recipient, Segments, Slot
from mta.encoding import Encoded, Values, base64_lines, encode, join_static, slot_text
from mta.headers import (
    ascii_address,
    date_field,
    field,
    fold,
    is_address,
    is_field_name,
    mailbox_field,
    mailbox_text,
    parameter,
)
from mta.signing import SIGNED, PlanSigner, Signer

_ADDRESS_FIELDS = frozenset({"from", "sender", "reply-to"})
_OWN_FIELDS = frozenset({"to", "cc", "bcc", "date", "mime-version", "return-path", "dkim-signature"})


class PlanError(ValueError):
    """The plan cannot become a mail; the message says why. Its recipients bounce as `other`."""


class RecipientError(ValueError):
    """This recipient cannot get the mail; `enhanced` is the RFC 3463 code that fits."""

    def __init__(self, message: str, enhanced: str) -> None:
        super().__init__(message)
        self.enhanced = enhanced


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it goes over the wire, dots included: no line of the body begins with one.

    `tail` ends the body: files that all recipients get, encoded once and never copied.
    """

    sender: str
    recipient: str
    head: bytes
    body: bytes
    utf8: bool = False
    tail: bytes = b""

    @property
    def content(self) -> bytes:
        return self.head + b"\r\n" + self.body + self.tail

    def __len__(self) -> int:
        return len(self.head) + len(self.body) + len(self.tail)


class CompiledPlan:
    """What a process keeps of a plan.

    Raises:
        PlanError: there is no From, no body, a field that may not be set or stands twice, or no address where one
                must be.
    """

    def __init__(self, plan: Plan, signers: Sequence[Signer] = ()) -> None:
        if plan.html is None and plan.text is None and not plan.attachments:
            raise PlanError("neither an HTML nor a text part")
        self.plan = plan
        self.sender = _sender(plan)
        self._varying = [
            (name, join_static(v)) for name, v in plan.headers if not isinstance(v, Mailbox) and _differs(v)
        ]
        self._to_name = join_static(plan.to_name or [])
        self._return_path = join_static(plan.return_path)
        self._message_id = not any(name.lower() == "message-id" for name, _ in plan.headers)
        self._domain = self.sender.rpartition("@")[2]
        builder = _BodyBuilder(plan)
        self._body = builder.pieces
        self.tail = builder.take_tail()
        fixed = [_static_field(name, v) for name, v in plan.headers if not _differs(v)]
        fixed += [b"MIME-Version: 1.0\r\n", *_split_fields(builder.fields)]
        self._fixed = b"".join(fixed)
        names = self._varying_names()
        self._signer = PlanSigner(signers, fixed, names) if signers else None

    def _varying_names(self) -> list[bytes]:
        """Return the names of what `_varying_fields` returns, and see that no field stands twice that may not."""
        names = [name for name, _ in self.plan.headers]
        twice = [name for name in names if _once(name) and sum(name.lower() == other.lower() for other in names) > 1]
        if twice:
            raise PlanError(f"{twice[0]} stands twice")
        own = [b"To", b"Date", *([b"Message-ID"] if self._message_id else [])]
        return [name.encode() for name, _ in self._varying] + own

    def _varying_fields(self, recipient: Recipient, now: float) -> list[bytes]:
        """Return the fields that differ, each with its CRLF, in order."""
        values = recipient.values
        fields = [field(name, text(segments, values)) for name, segments in self._varying]
        fields += (self.to_field(recipient), date_field(int(now)))
        if self._message_id:
            fields.append(self._message_id_field(recipient))
        return fields

    def to_field(self, recipient: Recipient) -> bytes:
        return fold("To", mailbox_text(text(self._to_name, recipient.values), ascii_address(recipient.address), 4))

    def _message_id_field(self, recipient: Recipient) -> bytes:
        # The same for each attempt, so that a receiver may see that a repeated mail is one mail.
        plan = self.plan
        unique = sha256(f"{plan.tenant}:{plan.mailing}:{recipient.seq}:{plan.id}".encode()).hexdigest()[:32]
        return fold("Message-ID", f"<{unique}@{self._domain}>")

    def envelope(self, recipient: Recipient) -> tuple[str, str]:
        """Return the envelope's sender and recipient.

        Raises:
            RecipientError: one of them is no address.
        """
        address = ascii_address(recipient.address)
        if not is_address(address):
            raise RecipientError("not a valid address", "5.1.3")
        sender = ascii_address(text(self._return_path, recipient.values))
        if sender and not is_address(sender):
            raise RecipientError("the return path is not a valid address", "5.1.7")
        return sender, address

    def body(self, values: Values) -> bytes:
        pieces = self._body
        if len(pieces) == 1 and not isinstance(pieces[0], bytes):
            return pieces[0].render(values)
        return b"".join([p if isinstance(p, bytes) else p.render(values) for p in pieces])

    def merge(self, recipient: Recipient, now: float) -> Message:
        """Return the mail for one recipient, signed where the plan has keys.

        Raises:
            RecipientError: it cannot be addressed.
        """
        sender, address = self.envelope(recipient)
        body = self.body(recipient.values)
        if not self.tail:
            body = finished(body)
        varying = self._varying_fields(recipient, now)
        signatures = self._signer.signatures(varying, body, self.tail) if self._signer else b""
        head = b"".join([signatures, self._fixed, *varying])
        utf8 = not (address.isascii() and sender.isascii() and self.sender.isascii())
        return Message(sender, address, head, body, utf8, self.tail)


def finished(body: bytes) -> bytes:
    """Return a body that ends with exactly one line break, as canonicalisation (RFC 6376 3.4.3) would have it."""
    return body if body.endswith(b"\r\n") and not body.endswith(b"\r\n\r\n") else body.rstrip(b"\r\n") + b"\r\n"


def text(segments: Segments, values: Values) -> str:
    return "".join([s if isinstance(s, str) else slot_text(s, values) for s in segments])


def _once(name: str) -> bool:
    return name.lower().encode() in SIGNED


def _split_fields(block: bytes) -> list[bytes]:
    return [field + b"\r\n" for field in re.split(rb"\r\n(?![ \t])", block) if field]


def _differs(value: Segments | Mailbox) -> bool:
    return not isinstance(value, Mailbox) and any(isinstance(s, Slot) for s in value)


def _static_field(name: str, value: Segments | Mailbox) -> bytes:
    if not is_field_name(name) or name.lower() in _OWN_FIELDS or name.lower().startswith("content-"):
        raise PlanError(f"a plan may not set the field {name!r}")
    if isinstance(value, Mailbox):
        return mailbox_field(name, value)
    if name.lower() in _ADDRESS_FIELDS:
        return mailbox_field(name, Mailbox(*parseaddr(text(value, []))))
    return field(name, text(value, []))


def _sender(plan: Plan) -> str:
    for name, value in plan.headers:
        if name.lower() == "from":
            address = value.address if isinstance(value, Mailbox) else parseaddr(text(value, []))[1]
            if not is_address(address):
                raise PlanError("From holds no valid address")
            return ascii_address(address)
    raise PlanError("there is no From")


class _BodyBuilder:
    """Lays out the parts: mixed(alternative(text, related(html, pictures)), files), leaving out what is not needed."""

    def __init__(self, plan: Plan) -> None:
        # No encoded line holds "=_", so no boundary can occur inside a part.
        self._mark = sha256(plan.id.encode()).hexdigest()[:24]
        self._count = 0
        inline = [a for a in plan.attachments if a.content_id and plan.html is not None]
        files = self._files = [a for a in plan.attachments if not a.content_id or plan.html is None]
        parts = [_text_part("plain", plan.text)] if plan.text is not None else []
        if plan.html is not None:
            html = _text_part("html", plan.html)
            parts.append(self._multipart("related", [html, *map(_file_part, inline)]) if inline else html)
        whole = self._multipart("alternative", parts) if len(parts) > 1 else next(iter(parts), None)
        if files:
            whole = self._multipart("mixed", [*([whole] if whole else []), *map(_file_part, files)])
        assert whole is not None
        self.fields, self.pieces = whole

    def take_tail(self) -> bytes:
        """Take away and return what follows the last part that differs, where files are in it."""
        last = self.pieces[-1]
        if self._files and isinstance(last, bytes):
            self.pieces.pop()
            return last
        return b""

    def _multipart(self, kind: str, parts: list[_Part]) -> _Part:
        self._count += 1
        boundary = f"=_{self._mark}_{self._count}".encode()
        pieces: list[bytes | Encoded] = []
        for fields, content in parts:
            pieces += [b"--" + boundary + b"\r\n" + fields + b"\r\n", *content, b"\r\n"]
        pieces.append(b"--" + boundary + b"--\r\n")
        return b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n' % (kind.encode(), boundary), _joined(pieces)


_Part = tuple[bytes, list[bytes | Encoded]]


def _text_part(kind: str, segments: Segments) -> _Part:
    encoded = encode(segments)
    fields = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoded.name}\r\n"
    return fields.encode(), [encoded]


def _file_part(attachment: Attachment) -> _Part:
    content_type = attachment.content_type if "/" in attachment.content_type else "application/octet-stream"
    disposition = "inline" if attachment.content_id else "attachment"
    fields = (
        f"Content-Type: {''.join(content_type.split())}{parameter('name', attachment.name)}\r\n"
        f"Content-Disposition: {disposition}{parameter('filename', attachment.name)}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
    )
    if attachment.content_id:
        fields += f"Content-ID: <{''.join(attachment.content_id.split())}>\r\n"
    return fields.encode("ascii", "replace"), [base64_lines(attachment.content)]


def _joined(pieces: list[bytes | Encoded]) -> list[bytes | Encoded]:
    joined: list[bytes | Encoded] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if isinstance(piece, bytes) and isinstance(last, bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined
