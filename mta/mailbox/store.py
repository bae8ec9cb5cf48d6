"""Mails as files, a bounded number of them, with what a list shows of them in memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cached_property
from pathlib import Path
from typing import Any

ENVELOPE_TO = "X-Mailbox-To"
ENVELOPE_FROM = "X-Mailbox-From"


class Stored:
    """A mail in the folder. Its name is the time it came, in nanoseconds; the envelope stands before its header."""

    def __init__(self, path: Path, recipient: str) -> None:
        self.path = path
        self.id = path.stem
        self.recipient = recipient

    @property
    def at(self) -> float:
        return int(self.id) / 1e9

    @cached_property
    def fields(self) -> dict[str, str]:
        """Return subject and From as a person reads them."""
        with self.path.open("rb") as file:
            header = BytesHeaderParser(policy=policy.default).parse(file)
        return {"subject": str(header.get("Subject", "")), "from": str(header.get("From", ""))}

    def raw(self) -> bytes:
        """Return the mail as it came, without the envelope."""
        return self.path.read_bytes().split(b"\r\n", 2)[2]


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail taken apart."""

    stored: Stored
    raw: bytes
    message: EmailMessage

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def text(self) -> str:
        return self._part("plain")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def attachments(self) -> list[str]:
        return [part.get_filename() or "" for part in self.message.iter_attachments()]

    def picture(self, content_id: str) -> tuple[str, bytes] | None:
        """Return content type and content of the part with that Content-ID."""
        for part in self.message.walk():
            if str(part.get("Content-ID", "")).strip("<> ") == content_id:
                content = part.get_payload(decode=True)
                return part.get_content_type(), content if isinstance(content, bytes) else b""
        return None

    def as_json(self) -> dict[str, Any]:
        return summary(self.stored) | {
            "headers": self.headers,
            "html": self.html,
            "text": self.text,
            "attachments": self.attachments,
        }


class Store:
    """A folder of mails; safe to use from several threads."""

    def __init__(self, folder: Path, keep: int) -> None:
        self._folder = folder
        self._keep = keep
        self._lock = threading.Lock()
        self._mails: OrderedDict[str, Stored] = OrderedDict()
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.eml"), key=lambda p: int(p.stem) if p.stem.isdigit() else 0):
            self._mails[path.stem] = Stored(path, _recipient(path))
        self._forget_oldest()

    def add(self, sender: str, recipient: str, content: bytes) -> None:
        envelope = f"{ENVELOPE_TO}: {recipient}\r\n{ENVELOPE_FROM}: {sender}\r\n".encode()
        with self._lock:
            name = max(time.time_ns(), int(next(reversed(self._mails), "0")) + 1)
            path = self._folder / f"{name}.eml"
            path.write_bytes(envelope + content)
            self._mails[path.stem] = Stored(path, recipient)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._mails) > self._keep:
            self._mails.popitem(last=False)[1].path.unlink(missing_ok=True)

    def found(self, to: str = "", *, count: int = 100, skip: int = 0) -> list[Stored]:
        """Return mails whose recipient has `to` in it, the newest first."""
        wanted = to.strip().lower()
        with self._lock:
            mails = [mail for mail in reversed(self._mails.values()) if wanted in mail.recipient.lower()]
        return mails[skip : skip + count]

    def count(self) -> int:
        return len(self._mails)

    def opened(self, mail_id: str) -> Opened | None:
        with self._lock:
            stored = self._mails.get(mail_id)
        if stored is None:
            return None
        try:
            raw = stored.raw()
        except FileNotFoundError:
            return None
        return Opened(stored, raw, message_from_bytes(raw, policy=policy.default))

    def clear(self) -> None:
        with self._lock:
            for mail in self._mails.values():
                mail.path.unlink(missing_ok=True)
            self._mails.clear()


def summary(mail: Stored) -> dict[str, Any]:
    try:
        fields = mail.fields
    except FileNotFoundError:  # went while somebody looked
        fields = {"subject": "", "from": ""}
    return {"id": mail.id, "to": mail.recipient, "at": mail.at, **fields}


def _recipient(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline().decode("utf-8", "replace").partition(": ")[2].strip()
