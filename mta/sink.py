"""A server that takes every mail and keeps none, for tests and measuring: ``python -m mta.sink --port 2526``.

It can write down who got what, and misbehave in the ways that servers do. Answers to one packet leave in one packet.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO, cast

import uvloop

_KEY = re.compile(rb"^X-Messagepark-Key:[ \t]*(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(.*?)\r?$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")


@dataclass(slots=True)
class Behaviour:
    """What the sink does. Counts are over all connections; 0 means never. Times in seconds.

    `reject_every`, `defer_every`: every n-th RCPT gets a 550 or 451. `reject_data_every`: every n-th mail gets a 554
    after its final dot. `drop_after_data`: every n-th mail is taken and the connection cut without an answer.
    `close_every`: 421 and the end in place of every n-th RCPT. `delay`: before each answer to a mail; with `late_every`
    only to every n-th. `hang_every`: every n-th mail is never answered. `garbage_every`: it is answered with what is no
    reply. `huge_every`: with ten megabytes of one. `broken_tls`: STARTTLS is offered, and the handshake is noise.
    `pipelining`, `smtputf8`, `size`: what EHLO offers. `limit`: refuse further connections with 421.
    """

    reject_every: int = 0
    defer_every: int = 0
    reject_data_every: int = 0
    drop_after_data: int = 0
    close_every: int = 0
    hang_every: int = 0
    garbage_every: int = 0
    huge_every: int = 0
    delay: float = 0.0
    late_every: int = 0
    broken_tls: bool = False
    limit: int = 0
    pipelining: bool = True
    smtputf8: bool = True
    size: int = 52_428_800


class Sink:
    """What all connections of a sink share: behaviour, counters, and the record of accepted mails.

    A record is a line ``recipient<TAB>key``; the key is X-Messagepark-Key or Message-ID. Behind those who were not told
    so, or too late, or in words that nobody understands, stands ``<TAB>untold``. `keep`: contents as well.
    """

    def __init__(
        self, behaviour: Behaviour | None = None, record: BinaryIO | None = None, *, keep: bool = False
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.accepted: list[tuple[str, str]] = []
        self.contents: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.mails = 0
        self.recipients = 0
        self._record = record
        self._keep = keep

    def protocol(self) -> Session:
        return Session(self)

    def accept(self, recipients: list[bytes], content: bytes, *, told: bool = True) -> None:
        head = content[: content.find(b"\r\n\r\n") + 2]
        match = _KEY.search(head) or _MESSAGE_ID.search(head)
        key = match[1] if match else b""
        if self._record:
            self._record.write(
                b"".join(b"%b\t%b%b\n" % (recipient, key, b"" if told else b"\tuntold") for recipient in recipients)
            )
        if self._keep:
            self.accepted += [(recipient.decode(), key.decode()) for recipient in recipients]
            self.contents.append(content)

    @property
    def needs_content(self) -> bool:
        return self._keep or self._record is not None


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._how = sink.behaviour
        self._buffer = bytearray()
        self._in_data = False
        self._recipients: list[bytes] = []
        self._answers: list[bytes] = []
        self._busy = False
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._sink.connections += 1
        self._sink.open += 1
        if self._how.limit and self._sink.open > self._how.limit:
            self._transport.write(b"421 4.7.0 too many connections\r\n")
            self._end()
        else:
            self._transport.write(b"220 sink ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._sink.open -= 1
        self._ended = True

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._work()

    def _work(self) -> None:
        # Replies keep the order of the commands: while one is delayed, what follows waits.
        while not self._busy and not self._ended and (self._mail() if self._in_data else self._command()):
            pass
        self._flush()

    def _flush(self) -> None:
        if self._answers and not self._transport.is_closing():
            self._transport.write(b"".join(self._answers))
        self._answers.clear()

    def _end(self) -> None:
        self._flush()
        self._ended = True
        self._transport.close()

    def _command(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        match line[:4].upper():
            case b"EHLO" | b"HELO":
                self._answers.append(self._greeting())
            case b"RCPT":
                self._recipient(line)
            case b"DATA":
                self._in_data = bool(self._recipients)
                self._answers.append(b"354 go on\r\n" if self._recipients else b"554 5.5.1 no valid recipients\r\n")
            case b"STAR":
                self._answers.append(b"220 2.0.0 go ahead\r\n" + b"noise" * 20)
                self._end()
            case b"QUIT":
                self._answers.append(b"221 2.0.0 bye\r\n")
                self._end()
            case _:
                self._recipients.clear()
                self._answers.append(b"250 2.0.0 ok\r\n")
        return True

    def _greeting(self) -> bytes:
        offers = [b"sink", b"8BITMIME", b"ENHANCEDSTATUSCODES"]
        offers += [b"PIPELINING"] if self._how.pipelining else []
        offers += [b"SMTPUTF8"] if self._how.smtputf8 else []
        offers += [b"STARTTLS"] if self._how.broken_tls else []
        return b"".join(b"250-%b\r\n" % offer for offer in offers) + b"250 SIZE %d\r\n" % self._how.size

    def _recipient(self, line: bytes) -> None:
        self._sink.recipients += 1
        number = self._sink.recipients
        if _is_nth(number, self._how.close_every):
            self._answers.append(b"421 4.3.2 going down\r\n")
            self._end()
        elif _is_nth(number, self._how.reject_every):
            self._answers.append(b"550 5.1.1 no such user\r\n")
        elif _is_nth(number, self._how.defer_every):
            self._answers.append(b"451 4.7.1 come back later\r\n")
        else:
            match = _ADDRESS.search(line)
            self._recipients.append(match[1] if match else b"")
            self._answers.append(b"250 2.1.5 ok\r\n")

    def _mail(self) -> bool:
        if self._buffer.startswith(b".\r\n"):
            start, end = 0, 3
        else:
            start = self._buffer.find(b"\r\n.\r\n")
            end = start + 5
        if start < 0:
            return False
        content = bytes(self._buffer[: start + 2]).replace(b"\r\n..", b"\r\n.") if self._sink.needs_content else b""
        del self._buffer[:end]
        self._in_data = False
        recipients, self._recipients = self._recipients, []
        self._answer_mail(recipients, content)
        return True

    def _answer_mail(self, recipients: list[bytes], content: bytes) -> None:
        self._sink.mails += 1
        number, how = self._sink.mails, self._how
        if _is_nth(number, how.reject_data_every):
            self._answers.append(b"554 5.7.1 looks like spam\r\n")
            return
        odd = (how.drop_after_data, how.garbage_every, how.huge_every, how.hang_every, how.late_every)
        if self._sink.needs_content:
            self._sink.accept(recipients, content, told=not any(_is_nth(number, every) for every in odd))
        if _is_nth(number, how.drop_after_data):
            self._flush()
            self._ended = True
            self._transport.abort()
        elif _is_nth(number, how.garbage_every):
            self._answers.append(b"\xff\xfe what is this\r\n")
        elif _is_nth(number, how.huge_every):
            self._answers.append(b"250-" + b"x" * 1000 + b"\r\n")
            self._answers[-1:] = [self._answers[-1]] * 10_000
        elif _is_nth(number, how.hang_every):
            self._busy = True
        elif how.delay and (not how.late_every or _is_nth(number, how.late_every)):
            self._busy = True
            asyncio.get_running_loop().call_later(how.delay, self._accepted_late)
        else:
            self._accepted()

    def _accepted(self) -> None:
        self._answers.append(b"250 2.0.0 kept nothing\r\n")

    def _accepted_late(self) -> None:
        self._busy = False
        self._accepted()
        self._work()


def _is_nth(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


async def serve(sink: Sink, host: str, port: int) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(sink.protocol, host, port, backlog=1024)


async def _run(sink: Sink, host: str, port: int) -> None:
    server = await serve(sink, host, port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


def _yes(text: str) -> bool:
    return text not in ("0", "no", "false")


_KINDS: dict[str, Callable[[str], object]] = {"int": int, "float": float, "bool": _yes}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m mta.sink", description="Take every mail, keep none.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2526)
    parser.add_argument("--record", type=Path, help="append a line for each accepted recipient")
    for field in fields(Behaviour):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=_KINDS[str(field.type)], default=field.default)
    options = vars(parser.parse_args(arguments))
    behaviour = Behaviour(**{field.name: options[field.name] for field in fields(Behaviour)})
    # Unbuffered: what is not in the file was not accepted.
    record = options["record"].open("ab", buffering=0) if options["record"] else None
    uvloop.run(_run(Sink(behaviour, record), options["host"], options["port"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
