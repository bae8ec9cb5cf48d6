"""An SMTP server that accepts everything and keeps nothing, or only who got what: ``python -m bench.sink --port N``.

For measuring and for counting: with ``--record FILE`` each accepted recipient becomes a line of that file, before the
answer is given, so that what is not in the file was not accepted. It pipelines (RFC 2920), and takes what follows a
message in the same packet.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path
from typing import cast

from bench.postfix import programs

END_OF_DATA = b"\r\n.\r\n"
GREETING = b"220 sink ESMTP\r\n"
EXTENSIONS = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
OK = b"250 2.0.0 ok\r\n"
BYE = b"221 2.0.0 bye\r\n"


class Session(asyncio.Protocol):
    """One connection. What arrives is cut into commands and messages; all answers to one packet leave together."""

    def __init__(self, record: int | None) -> None:
        self._record = record
        self._buffer, self._at = b"", 0
        self._in_data = False
        self._recipients: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        self._transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers: list[bytes] = []
        while self._end_of_message(answers) if self._in_data else self._command(answers):
            pass
        self._buffer, self._at = self._buffer[self._at :], 0
        if answers and not self._transport.is_closing():
            self._transport.write(b"".join(answers))
        if answers and answers[-1] is BYE:
            self._transport.close()

    def _end_of_message(self, answers: list[bytes]) -> bool:
        end = self._buffer.find(END_OF_DATA, self._at)
        if end < 0:
            return False
        self._at = end + len(END_OF_DATA)
        self._in_data = False
        self._accept()
        answers.append(OK)
        return True

    def _accept(self) -> None:
        if self._record is not None:
            os.write(self._record, b"".join(address + b"\n" for address in self._recipients))
        self._recipients.clear()

    def _command(self, answers: list[bytes]) -> bool:
        end = self._buffer.find(b"\r\n", self._at)
        if end < 0:
            return False
        line, self._at = self._buffer[self._at : end], end + 2
        verb = line[:4].upper()
        if verb == b"DATA":
            # The line end of DATA may be the one before the dot, in an empty message.
            self._in_data, self._at = True, end
        elif verb == b"RCPT":
            self._recipients.append(line.partition(b"<")[2].partition(b">")[0])
        elif verb in {b"MAIL", b"RSET"}:
            self._recipients.clear()
        answers.append(_ANSWERS.get(verb, OK))
        return True


_ANSWERS = {b"EHLO": EXTENSIONS, b"DATA": b"354 go on\r\n", b"QUIT": BYE}


def sink_command(port: int, *, python: str) -> tuple[list[str], str]:
    """Return the command of a sink on 127.0.0.1 and its name: Postfix's smtp-sink where it is to be had, else ours."""
    postfix = programs()
    if postfix is None:
        return built_in(port, python), "built-in sink"
    unprivileged = ["-u", "nobody"] if os.geteuid() == 0 else []
    return [*postfix.command("smtp-sink"), *unprivileged, f"127.0.0.1:{port}", "1000"], "smtp-sink"


def built_in(port: int, python: str, *, record: Path | None = None) -> list[str]:
    """Return the command of this sink; with `record` it writes down each recipient."""
    return [python, "-m", "bench.sink", "--port", str(port), *(["--record", str(record)] if record else [])]


async def serve(host: str, port: int, record: Path | None) -> None:
    loop = asyncio.get_running_loop()
    descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if record else None
    server = await loop.create_server(lambda: Session(descriptor), host, port, backlog=1024)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server that accepts everything and keeps nothing.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    runner = asyncio.run
    with contextlib.suppress(ImportError):
        import uvloop

        runner = uvloop.run
    runner(serve(options.host, options.port, options.record))


if __name__ == "__main__":
    main()
