"""`python -m worker.reading`: pictures that are never quite there, to see how long somebody keeps asking for them.

A picture of one pixel comes at once and whole; its file goes on for a while, a few bytes of comment now and then, until
the reader closes the mail or a minute has passed. So many connections would hold a web server's threads: here each is a
coroutine, in one process that asks no database. Where too many are open, the file ends at once and is not counted.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, field

import structlog

from app.core import crypto, redis
from app.core.site import use_settings
from app.core.tokens import BadToken, RecipientRef, read_recipient_token
from app.tracking import outbox, service
from app.tracking.classify import PERSON, PURPOSES, Visit, classify
from app.tracking.terms import NO_STORE, PIXEL, EventKind
from config import logging
from config.settings import Settings, SettingsError

PREFIX, SUFFIX = "/t/r/", ".gif"
LARGEST_REQUEST = 16 * 1024
REQUEST_SECONDS = 5.0
PIECE_SECONDS = 0.5
LONGEST_SECONDS = 60.0
MOST_OPEN = 4_000
# The picture without its trailer; a comment of nothing (GIF89a, 24) that a picture may hold any number of; the trailer.
WHOLE, PIECE, END = PIXEL[:-1], b"\x21\xfe\x00", PIXEL[-1:]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)


class ReadingServer:
    """Answers requests for such pictures, and notes how long each was asked for."""

    def __init__(
        self, *, trusted_proxies: int = 0, longest: float = LONGEST_SECONDS, piece: float = PIECE_SECONDS,
        most_open: int = MOST_OPEN,
    ) -> None:  # fmt: skip
        self._trusted_proxies = trusted_proxies
        self._longest, self._piece, self._most_open = longest, piece, most_open
        self._open = 0
        self._ends = False
        self._nobody = asyncio.Event()
        self._nobody.set()

    async def end(self) -> None:
        """Let nobody stay any longer, and wait until all are told of with the time they have stayed so far."""
        self._ends = True
        await self._nobody.wait()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = _request(await reader.readuntil(b"\r\n\r\n"))
            await self._give(request, reader, writer)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError, ValueError):
            pass
        finally:
            writer.close()

    async def _give(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if request.path == "/healthz":
            return await _send(writer, "200 OK", b'{"status":"ok"}\n', "application/json")
        ref = _ref(request)
        if ref is None or request.method not in ("GET", "HEAD"):
            return await _send(writer, "404 Not Found", b"", "text/plain")
        visit = self._visit(request, writer)
        if request.method == "HEAD" or classify(visit) != PERSON or self._open >= self._most_open:
            # A provider's proxy stands for a person, but fetches at its own pace: nothing can be told by it.
            return await _send(writer, "200 OK", PIXEL if request.method == "GET" else b"", "image/gif")
        length = await self._linger(reader, writer)
        service.note_soon(ref, EventKind.READ, visit, link=round(10 * length))
        return None

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        """Send the picture, and go on until the reader leaves; return for how many seconds they stayed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._count(1)
        try:
            writer.write(_head("200 OK", "image/gif", "Transfer-Encoding: chunked") + _chunk(WHOLE))
            while not self._ends and loop.time() - began < self._longest and not await _left(reader, self._piece):
                writer.write(_chunk(PIECE))
                await writer.drain()
            writer.write(_chunk(END) + b"0\r\n\r\n")
        except OSError:
            pass  # they left while something was on its way
        finally:
            self._count(-1)
        return min(loop.time() - began, self._longest)

    def _count(self, more: int) -> None:
        self._open += more
        (self._nobody.clear if self._open else self._nobody.set)()

    def _visit(self, request: Request, writer: asyncio.StreamWriter) -> Visit:
        headers = request.headers
        purpose = " ".join(headers.get(name.lower(), "") for name in PURPOSES)
        address = str(writer.get_extra_info("peername", ("",))[0])
        told = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
        if self._trusted_proxies and len(told) >= self._trusted_proxies:
            address = told[-self._trusted_proxies]
        return Visit(
            request.method, headers.get("user-agent", ""), purpose, address, headers.get("accept-language", "")
        )


def _request(head: bytes) -> Request:
    """Read a request's head.

    Raises:
        ValueError: it is none.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _version = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _colon, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return Request(method, path.partition("?")[0], headers)


def _ref(request: Request) -> RecipientRef | None:
    if not (request.path.startswith(PREFIX) and request.path.endswith(SUFFIX)):
        return None
    try:
        return read_recipient_token(request.path[len(PREFIX) : -len(SUFFIX)])
    except BadToken:
        return None


async def _left(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Wait; say whether the other side closed the connection meanwhile. What it says is of no interest."""
    try:
        async with asyncio.timeout(seconds):
            return not await reader.read(LARGEST_REQUEST)
    except TimeoutError:
        return False


async def _send(writer: asyncio.StreamWriter, status: str, body: bytes, kind: str) -> None:
    writer.write(_head(status, kind, f"Content-Length: {len(body)}") + body)
    await writer.drain()


def _head(status: str, kind: str, framing: str) -> bytes:
    lines = (
        f"HTTP/1.1 {status}", f"Content-Type: {kind}", framing, f"Cache-Control: {NO_STORE}",
        "X-Content-Type-Options: nosniff", "X-Accel-Buffering: no", "Connection: close", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


async def serve(server: ReadingServer, bind: str) -> None:
    """Listen until SIGTERM or SIGINT."""
    host, _colon, port = bind.rpartition(":")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening = await asyncio.start_server(server.answer, host.strip("[]"), int(port), limit=LARGEST_REQUEST)
    log.info("reading_listens", bind=bind)
    await stop.wait()
    listening.close()
    await server.end()


def main() -> int:
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logging.configure(production=settings.environment == "production")
    use_settings(settings)
    crypto.use_secret(settings.secret_key)
    redis.connect(settings.redis_url)
    asyncio.run(serve(ReadingServer(trusted_proxies=settings.trusted_proxies), settings.reading_bind))
    outbox.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
