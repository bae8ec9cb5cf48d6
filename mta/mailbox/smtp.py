"""The mailbox's SMTP side.

Addresses that begin with ``bounce+`` do not exist, those with ``full+`` have no room, and those with ``later+`` are
taken at the third try: so a newcomer sees what bounces and retries look like.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from mta.mailbox.settings import is_loopback
from mta.mailbox.store import Store

MAX_BYTES = 40 * 1024 * 1024
TRIES_REMEMBERED = 10_000
REFUSALS = {
    "bounce+": "550 5.1.1 There is no such user here",
    "full+": "552 5.2.2 The mailbox is full",
}
LATER = "451 4.7.1 Greylisted, come back later"


class Handler:
    """Answers for aiosmtpd."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tries: OrderedDict[str, int] = OrderedDict()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not is_loopback(str(session.peer[0]) if session.peer else ""):
            return "550 5.7.1 This mailbox talks to its own machine only"
        refusal = self._refusal(address.lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    def _refusal(self, address: str) -> str | None:
        for prefix, answer in REFUSALS.items():
            if address.startswith(prefix):
                return answer
        return LATER if address.startswith("later+") and self._tried(address) <= 2 else None

    def _tried(self, address: str) -> int:
        tries = self._tries[address] = self._tries.pop(address, 0) + 1
        if len(self._tries) > TRIES_REMEMBERED:
            self._tries.popitem(last=False)
        return tries

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for recipient in envelope.rcpt_tos:
            self._store.add(envelope.mail_from or "", recipient, content)
        return "250 2.0.0 Kept"


class MailboxController(Controller):
    """Runs the server in a thread of its own."""

    def factory(self) -> Any:
        return SMTP(self.handler, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True, ident="messagepark mailbox")


def controller(store: Store, host: str, port: int) -> Controller:
    return MailboxController(Handler(store), hostname=host, port=port)
