"""Connections to a destination: which host, encrypted or not, pipelined or, where a server cannot, plainly."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import structlog

from mta.plain import PlainTransport
from mta.ports import Feed, Host, Reply, Route, Unreachable
from mta.smtp import MAX_MAILS, Connection, ProtocolError
from mta.tls import Demand, demand, refusal

PLAIN_SECONDS = 3600.0
CLEAR_SECONDS = 3600.0
TRIAL_SECONDS = 3600.0
log = structlog.get_logger("mta")


class SmtpTransport:
    """Implements `ports.Transport`. `timeout` and `idle` as in `settings.Settings`; `trusted`: authorities of ours."""

    def __init__(
        self, hostname: str, *, timeout: float = 60.0, idle: float = 30.0, trusted: Path | None = None
    ) -> None:
        self._hostname = hostname
        self._timeout = timeout
        self._idle = idle
        self._trusted = trusted
        self._plain = PlainTransport(hostname, timeout=timeout, idle=idle, trusted=trusted)
        self._plain_until: dict[str, float] = {}
        self._clear_until: dict[str, float] = {}
        self._failed_trials: dict[str, tuple[float, str, str]] = {}

    async def converse(self, route: Route, feed: Feed, *, max_mails: int = MAX_MAILS) -> None:
        if self._plain_until.get(route.key, 0) > time.monotonic():
            return await self._plain.converse(route, feed, max_mails=max_mails)
        connection = await self._connect(route, feed)
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

    async def _connect(self, route: Route, feed: Feed) -> Connection:
        reply = Reply(0, "no address to connect to", "4.4.1")
        for host in route.hosts:
            for address in host.addresses:
                try:
                    connection = await self._open(route, host, address, trial=not self._has_failed(host))
                    self._complain(host, feed)
                    return connection
                except ProtocolError as error:
                    reply = error.reply
                except (TimeoutError, OSError) as error:
                    reply = Reply(0, str(error) or type(error).__name__, "4.4.1", host.name)
        raise Unreachable(reply)

    def _has_failed(self, host: Host) -> bool:
        """Tell whether a host failed a trial lately: another one costs a connection, so that it has to wait."""
        return self._failed_trials.get(host.name, (0.0, "", ""))[0] > time.monotonic()

    def _complain(self, host: Host, feed: Feed) -> None:
        if host.trial and host.stranger:
            feed.complain("name", f"the policy does not name {host.name}")
        if host.trial and self._has_failed(host):
            feed.complain(*self._failed_trials[host.name][1:])

    async def _open(self, route: Route, host: Host, address: str, *, trial: bool) -> Connection:
        wanted = demand(route, host, trial=trial)
        connection = await self._greeted(route, host, address)
        try:
            await self._secure(connection, wanted, route)
            if route.user:
                await self._login(connection, route)
        except (TimeoutError, OSError, ProtocolError) as error:
            connection.close()
            if wanted.trial:
                kind = "certificate" if isinstance(error, ssl.SSLError) else "starttls"
                why = refusal(error, wanted).text if isinstance(error, ssl.SSLError) else str(error)
                self._failed_trials[host.name] = (time.monotonic() + TRIAL_SECONDS, kind, f"{host.name}: {why}")
                return await self._open(route, host, address, trial=False)
            if wanted.strict or route.user:
                if isinstance(error, ssl.SSLError):
                    raise ProtocolError(refusal(error, wanted)) from error
                raise
            # Opportunistic (RFC 7435): what cannot be encrypted goes in the clear, as it would without STARTTLS.
            self._clear_until[host.name] = time.monotonic() + CLEAR_SECONDS
            return await self._greeted(route, host, address)
        except BaseException:  # stopped in the middle of it
            connection.close()
            raise
        return connection

    async def _secure(self, connection: Connection, wanted: Demand, route: Route) -> None:
        offered = "STARTTLS" in connection.extensions
        if wanted.strict and not offered:
            text = f"encryption is required here ({wanted.proof}), and the server does not offer it"
            raise ProtocolError(Reply(0, text, "4.7.10", connection.host))
        if offered and wanted.tries(clear=self._clear_until.get(connection.host, 0) > time.monotonic()):
            await connection.start_tls(wanted.context(self._trusted), wanted)
            await connection.hello(route.source.hostname or self._hostname)

    async def _login(self, connection: Connection, route: Route) -> None:
        if connection.tls == "none":
            text = "the password goes over an encrypted connection only, and the server offers none"
            raise ProtocolError(Reply(0, text, "4.7.11", connection.host))
        await connection.login(route.user, route.password)

    async def _greeted(self, route: Route, host: Host, address: str) -> Connection:
        opening = asyncio.get_running_loop().create_connection(
            lambda: Connection(host.name, timeout=self._timeout), address, host.port, local_addr=local(route)
        )
        async with asyncio.timeout(self._timeout):
            _, connection = await opening
        try:
            reply = await connection.greeting()
            if reply.code != 220:
                raise ProtocolError(reply)
            await connection.hello(route.source.hostname or self._hostname)
        except ProtocolError:
            connection.close()
            raise
        return connection


def local(route: Route) -> tuple[str, int] | None:
    """Return where a connection comes from, or None where the system decides."""
    return (route.source.address, 0) if route.source.address else None
