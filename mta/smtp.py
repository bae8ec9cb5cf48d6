"""SMTP with pipelining (RFC 2920): one connection as an `asyncio.Protocol`.

The final dot of a mail and MAIL, RCPT, DATA of the next leave in one packet, so a mail costs one round trip and hardly
any system calls. Replies come in the order of the commands; `_expected` remembers whose they are, so that a refusal in
the middle of the pipeline is told of the right recipient.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections import deque
from contextlib import suppress
from enum import IntEnum, auto
from typing import cast

from mta.ports import Envelope, Feed, Reply
from mta.replies import reply_of, unfit
from mta.tls import Demand

MAX_MAILS = 5_000
# A mail is a burst after a pause. BBR spreads it out at the rate it saw last, which costs a third of a 40 ms line.
CONGESTION = b"cubic"
MAX_REPLY = 64 * 1024
PIECE = 128 * 1024
CHECK = 0.25


class ProtocolError(Exception):
    """The connection ended, or the server said what is not SMTP, before mails could be sent."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Step(IntEnum):
    """What a reply answers."""

    COMMAND = auto()
    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    EMPTY = auto()  # the dot after a DATA that a server granted though it had refused the recipient
    FINAL = auto()


class Connection(asyncio.Protocol):
    """One SMTP session. First `greeting` and `command`, then `carry` for as long as there is mail.

    `timeout`: seconds without the answer that is due. `host`: the server's name for outcomes.
    """

    def __init__(self, host: str, *, timeout: float) -> None:
        self.host = host
        self.tls = "none"
        self.mails = 0
        self.max_mails = MAX_MAILS
        self.confused = False
        self.extensions: dict[str, str] = {}
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._greeting: asyncio.Future[Reply] = self._loop.create_future()
        self._buffer = b""
        self._said: list[bytes] = []
        self._said_bytes = 0
        self._expected: deque[tuple[Step, Envelope | asyncio.Future[Reply] | None]] = deque()
        self._current: Envelope | None = None
        self._refusal: Reply | None = None
        self._reset = False
        self._taken = 0
        self._leaves = False
        self._idle: asyncio.Future[None] | None = None
        self._feed: Feed | None = None
        self._lost: Reply | None = None
        self._unsent = 0
        self._tail = memoryview(b"")
        self._full = False
        self._heard = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None

    # Opening

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if hasattr(socket, "TCP_CONGESTION"):
            with suppress(OSError):
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, CONGESTION)
        self._expect(Step.COMMAND, self._greeting)
        self._watch = self._loop.call_later(CHECK, self._look)

    async def greeting(self) -> Reply:
        """Return what the server says first.

        Raises:
            ProtocolError: the connection ended.
        """
        return await self._greeting

    async def command(self, line: str) -> Reply:
        """Send a command and return its reply.

        Raises:
            ProtocolError: the connection ended.
        """
        if self._lost is not None:
            raise ProtocolError(self._lost)
        self._transport.write(line.encode() + b"\r\n")
        future: asyncio.Future[Reply] = self._loop.create_future()
        self._expect(Step.COMMAND, future)
        return await future

    async def hello(self, hostname: str) -> None:
        """Say EHLO, or HELO where that is not known, and note what is offered.

        Raises:
            ProtocolError: the server refused both.
        """
        reply = await self.command(f"EHLO {hostname}")
        if reply.code >= 500:
            reply = await self.command(f"HELO {hostname}")
        if reply.code != 250:
            raise ProtocolError(reply)
        offers = (line.partition(" ") for line in reply.text.split("\n")[1:])
        self.extensions = {keyword.upper(): value for keyword, _, value in offers}

    async def login(self, user: str, password: str) -> None:
        """Say who we are (RFC 4954), by PLAIN or LOGIN. The connection must be encrypted.

        Raises:
            ProtocolError: the server would not have us; it is our password, so no mail's fault.
        """
        ways = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in ways or "LOGIN" not in ways:
            reply = await self.command(f"AUTH PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}")
        else:
            reply = await self.command("AUTH LOGIN")
            for word in (user, password):
                reply = await self.command(_base64(word)) if reply.code == 334 else reply
        if reply.code != 235:
            raise ProtocolError(Reply(0, f"the login failed: {reply.code} {reply.text}", "4.7.8", self.host))

    async def start_tls(self, context: ssl.SSLContext, demand: Demand) -> None:
        """Encrypt from here on; what the server offers must be asked for again (RFC 3207 4.2).

        Raises:
            ProtocolError: the server would not, or said more than it may before.
            OSError, ssl.SSLError: the handshake failed, or the server did not prove what it had to; the connection is
                of no use any more.
        """
        reply = await self.command("STARTTLS")
        if reply.code != 220 or self._buffer:
            raise ProtocolError(reply)
        transport = await self._loop.start_tls(
            self._transport, self, context, server_hostname=self.host, ssl_handshake_timeout=self._timeout
        )
        assert transport is not None
        self._transport = transport
        self.tls = demand.check(transport.get_extra_info("ssl_object"))

    async def quit(self) -> None:
        if self._lost is None:
            self._transport.write(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        if self._watch:
            self._watch.cancel()
        self._transport.close()

    # Carrying

    async def carry(self, feed: Feed) -> None:
        """Send what the feed has until it has nothing more just now, or the connection is `spent`."""
        self._feed = feed
        self._idle = self._loop.create_future()
        self._pump([])
        if self._expected:
            try:
                await self._idle
            except asyncio.CancelledError:
                self._lose(Reply(0, "stopped before the server answered", "4.4.2", self.host))

    @property
    def spent(self) -> bool:
        return self._lost is not None or self._leaves or self._taken >= self.max_mails

    def _pump(self, out: list[bytes]) -> None:
        """Write, and with it the envelope of the next mail if there is one."""
        if self._tail:  # refused in the middle of it: what was begun is said to its end
            return
        envelope = self._next()
        if envelope is not None:
            self._current, self._refusal = envelope, None
            if self._reset:
                self._reset = False
                out.append(b"RSET\r\n")
                self._expect(Step.RSET, None)
            message = envelope.message
            options = " SMTPUTF8" if message.utf8 else ""
            out.append(f"MAIL FROM:<{message.sender}>{options}\r\nRCPT TO:<{message.recipient}>\r\nDATA\r\n".encode())
            self._expect(Step.MAIL, envelope)
            self._expect(Step.RCPT, envelope)
            self._expect(Step.DATA, envelope)
        if out:
            self._transport.write(b"".join(out))
        elif not self._expected and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _next(self) -> Envelope | None:
        assert self._feed is not None
        self._leaves = self._leaves or self._feed.leave()
        while not self.spent:
            envelope = self._feed.take()
            if envelope is None:
                return None
            self._taken += 1
            refusal = unfit(envelope.message, self.extensions, self.host)
            if refusal is None:
                return envelope
            self._feed.answer(envelope, refusal)
        return None

    def _expect(self, step: Step, whose: Envelope | asyncio.Future[Reply] | None) -> None:
        if not self._expected:
            self._heard = self._loop.time()
        self._expected.append((step, whose))

    # Replies

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        if self._buffer:
            data = self._buffer + data
        *lines, self._buffer = data.split(b"\n")
        for line in lines:
            if self._lost is not None:
                return
            self._line(line.rstrip(b"\r"))
        if len(self._buffer) > MAX_REPLY:
            self._confuse("a reply without end")

    def _line(self, line: bytes) -> None:
        if not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b""):
            return self._confuse(f"not an SMTP reply: {line[:80].decode('ascii', 'replace')}")
        if line[3:4] == b"-" or self._said:
            self._said.append(line[4:])
            self._said_bytes += len(line)
            if self._said_bytes > MAX_REPLY:
                return self._confuse("a reply without end")
            if line[3:4] == b"-":
                return None
            text = b"\n".join(self._said).decode("utf-8", "replace")
            self._said, self._said_bytes = [], 0
        else:
            text = line[4:].decode("utf-8", "replace")
        return self._reply(int(line[:3]), text)

    def _reply(self, code: int, text: str) -> None:
        if not self._expected:
            reply = reply_of(code, text, self.host, self.tls)
            return self._lose(reply) if code == 421 else self._confuse(f"a reply to nothing: {reply.text[:80]}")
        step, whose = self._expected.popleft()
        if step is Step.FINAL:
            self.mails += 1
            assert self._feed is not None
            self._feed.answer(cast(Envelope, whose), reply_of(code, text, self.host, self.tls))
            if self._current is None and not self._expected and code != 421:
                self._pump([])
        elif step is Step.DATA:
            self._data_reply(cast(Envelope, whose), code, text)
        elif step is Step.MAIL or step is Step.RCPT:
            if code >= 300 and self._refusal is None:
                self._refusal = reply_of(code, text, self.host, self.tls)
        elif step is Step.COMMAND:
            future = cast("asyncio.Future[Reply]", whose)
            if not future.done():
                # A multi-line reply is kept in lines: EHLO's mean something.
                future.set_result(Reply(code, text, "", self.host))
        if code == 421:
            self._lose(reply_of(code, text, self.host, self.tls))
        return None

    def _data_reply(self, envelope: Envelope, code: int, text: str) -> None:
        if code == 354 and self._refusal is None:
            message = envelope.message
            self._current = None
            self._expect(Step.FINAL, envelope)
            if not message.tail:
                return self._pump([message.head, b"\r\n", message.body, b".\r\n"])
            self._transport.write(b"".join([message.head, b"\r\n", message.body]))
            self._tail = memoryview(message.tail)
            return self._write_tail()
        refusal = self._refusal or reply_of(code, text, self.host, self.tls)
        if refusal.code == 421:
            self._refusal = refusal
            return self._lose(refusal)
        if code < 300:
            return self._confuse(f"DATA was answered with {code}")
        out: list[bytes] = []
        if code == 354:
            out.append(b".\r\n")
            self._expect(Step.EMPTY, None)
        self._current = None
        self._reset = True
        assert self._feed is not None
        self._feed.answer(envelope, refusal)
        return self._pump(out)

    # Files, which all recipients of a mailing share: a piece is handed over when the line has taken the one before, so
    # that however many connections there are, only one copy is in memory.

    def _write_tail(self) -> None:
        while self._tail and not self._full:
            piece, self._tail = self._tail[:PIECE], self._tail[PIECE:]
            self._transport.write(piece)
        if not self._tail:
            self._pump([b".\r\n"])

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._tail:
            self._write_tail()

    # Losing

    def _look(self) -> None:
        unsent = self._transport.get_write_buffer_size() + len(self._tail)
        if unsent != self._unsent:  # a big mail on a narrow line: no answer can be due yet
            self._unsent, self._heard = unsent, self._loop.time()
        if self._expected and self._loop.time() - self._heard > self._timeout:
            self._lose(Reply(0, f"no answer within {self._timeout:g} s", "4.4.2", self.host))
        else:
            self._watch = self._loop.call_later(CHECK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        why = f"the connection was lost: {exc}" if exc else "the server closed the connection"
        self._lose(Reply(0, why, "4.4.2", self.host))

    def _confuse(self, why: str) -> None:
        self.confused = True
        self._lose(Reply(0, why, "4.5.0", self.host))

    def _lose(self, reply: Reply) -> None:
        """End the connection, and say of each mail on it what is known of it."""
        if self._lost is not None:
            return
        self._lost, self._tail = reply, memoryview(b"")
        expected, self._expected = self._expected, deque()
        for step, whose in expected:
            if step is Step.FINAL:
                # It may have arrived: RFC 5321 4.2.5 would rather have it twice than not at all.
                assert self._feed is not None
                self._feed.answer(cast(Envelope, whose), Reply(0, reply.text, reply.enhanced, self.host))
            elif step is Step.COMMAND and not cast("asyncio.Future[Reply]", whose).done():
                cast("asyncio.Future[Reply]", whose).set_exception(ProtocolError(reply))
        if self._current is not None:
            self._put_back(self._current, self._refusal or reply)
            self._current = None
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        if self._watch:
            self._watch.cancel()
        self._transport.abort()

    def _put_back(self, envelope: Envelope, reply: Reply) -> None:
        """A mail whose text was not sent yet goes to another connection, if this one got anywhere at all."""
        assert self._feed is not None
        if self.mails:
            self._feed.give_back(envelope)
        else:
            self._feed.answer(envelope, reply)
