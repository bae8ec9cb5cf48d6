"""Connections to a destination: which host, encrypted or not, pipelined or, where a server cannot, plainly."""

from __future__ import annotations

import asyncio
import ssl
import time

import structlog

from mta.plain import PlainTransport
from mta.ports import Feed, Host, Reply, Route, Tls, Unreachable
from mta.smtp import MAX_MAILS, Connection, ProtocolError

PLAIN_SECONDS = 3600.0
log = structlog.get_logger("mta")


class SmtpTransport:
    """Implements `ports.Transport`. `timeout` and `idle` as in `settings.Settings`."""

    def __init__(self, hostname: str, *, timeout: float = 60.0, idle: float = 30.0) -> None:
        self._hostname = hostname
        self._timeout = timeout
        self._idle = idle
        self._plain = PlainTransport(hostname, timeout=timeout, idle=idle)
        self._plain_until: dict[str, float] = {}
        self._no_tls: set[str] = set()

    async def converse(self, route: Route, feed: Feed, *, max_mails: int = MAX_MAILS) -> None:
        # AUTH is done by aiosmtplib, which knows all its ways.
        if route.user or self._plain_until.get(route.key, 0) > time.monotonic():
            return await self._plain.converse(route, feed, max_mails=max_mails)
        connection = await self._connect(route)
        connection.max_mails = max_mails
        if "PIPELINING" not in connection.extensions:
            await connection.quit()
            self._plain_until[route.key] = time.monotonic() + PLAIN_SECONDS
            return await self._plain.converse(route, feed, max_mails=max_mails)
        return await self._carry(connection, route, feed)

    async def _carry(self, connection: Connection, route: Route, feed: Feed) -> None:
        while True:
            await connection.carry(feed)
            if connection.spent or not await feed.wait(self._idle):
                break
        if connection.confused:
            log.warning("pipelining_given_up", destination=route.key)
            self._plain_until[route.key] = time.monotonic() + PLAIN_SECONDS
        await connection.quit()

    async def _connect(self, route: Route) -> Connection:
        reply = Reply(0, "no address to connect to", "4.4.1")
        for host in route.hosts:
            for address in host.addresses:
                try:
                    return await self._open(host, address, route.tls)
                except ProtocolError as error:
                    reply = error.reply
                except (TimeoutError, OSError) as error:
                    reply = Reply(0, str(error) or type(error).__name__, "4.4.1", host.name)
        raise Unreachable(reply)

    async def _open(self, host: Host, address: str, tls: Tls) -> Connection:
        connection = await self._greeted(host, address)
        wanted = tls is not Tls.OFF and "STARTTLS" in connection.extensions and host.name not in self._no_tls
        try:
            if wanted:
                await connection.start_tls(_context(tls), host.name)
                await connection.hello(self._hostname)
            elif tls is Tls.REQUIRED:
                raise ProtocolError(
                    Reply(0, "TLS is required here, and the server does not offer it", "4.7.10", host.name)
                )
        except (TimeoutError, OSError, ssl.SSLError, ProtocolError):
            connection.close()
            if tls is Tls.REQUIRED:
                raise
            # Opportunistic (RFC 7435): what cannot be encrypted goes in the clear, as it would without STARTTLS.
            self._no_tls.add(host.name)
            return await self._greeted(host, address)
        return connection

    async def _greeted(self, host: Host, address: str) -> Connection:
        loop = asyncio.get_running_loop()
        opening = loop.create_connection(lambda: Connection(host.name, timeout=self._timeout), address, host.port)
        async with asyncio.timeout(self._timeout):
            _, connection = await opening
        try:
            reply = await connection.greeting()
            if reply.code != 220:
                raise ProtocolError(reply)
            await connection.hello(self._hostname)
        except ProtocolError:
            connection.close()
            raise
        return connection


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if tls is not Tls.REQUIRED:
        # Nobody says what name the certificate should have: it keeps out only who listens (RFC 7435).
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
