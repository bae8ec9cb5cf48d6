"""SMTP without pipelining, by aiosmtplib: one step after the other, on a connection that stays open."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib
from aiosmtplib.errors import (
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from mta.ports import Envelope, Feed, Host, Reply, Route, Unreachable
from mta.replies import reply_of, unfit
from mta.tls import Demand, Untrusted, demand, refusal

MAX_MAILS = 5_000


@dataclass(frozen=True, slots=True)
class _Session:
    """An open connection: the server's name, and how it is encrypted, as in `Outcome.tls`."""

    client: aiosmtplib.SMTP
    host: str
    tls: str


class PlainTransport:
    """Implements `ports.Transport` without pipelining: for servers that do not offer it."""

    def __init__(
        self, hostname: str, *, timeout: float = 60.0, idle: float = 30.0, trusted: Path | None = None
    ) -> None:
        self._hostname = hostname
        self._timeout = timeout
        self._idle = idle
        self._trusted = trusted

    async def converse(self, route: Route, feed: Feed, *, max_mails: int = MAX_MAILS) -> None:
        session = await self._connect(route)
        try:
            await self._send_all(session, feed, max_mails)
        finally:
            await _quit(session.client)

    async def _connect(self, route: Route) -> _Session:
        reply = Reply(0, "no address to connect to", "4.4.1")
        for host in route.hosts:
            for address in host.addresses:
                wanted = demand(route, host)
                # Opportunistic (RFC 7435): what cannot be encrypted goes in the clear. A password does not.
                for clear in (False, True)[: 1 if wanted.strict or route.user else None]:
                    client = self._client(route, host, address)
                    try:
                        return _Session(client, host.name, await self._opened(client, route, wanted, clear=clear))
                    except ssl.SSLError as error:
                        reply = refusal(error, wanted)
                        client.close()
                    except (TimeoutError, SMTPException, OSError) as error:
                        reply = as_reply(error, host.name)
                        client.close()
                    except BaseException:  # stopped in the middle of it
                        client.close()
                        raise
        raise Unreachable(reply)

    def _client(self, route: Route, host: Host, address: str) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=address,
            port=host.port,
            local_hostname=route.source.hostname or self._hostname,
            source_address=(route.source.address, 0) if route.source.address else None,
            timeout=self._timeout,
            start_tls=False,
        )

    async def _opened(self, client: aiosmtplib.SMTP, route: Route, wanted: Demand, *, clear: bool) -> str:
        """Connect as far as mails can be sent, and return how that is encrypted, as in `Outcome.tls`."""
        await client.connect()
        try:
            await client.ehlo()
        except SMTPHeloError:
            await client.helo()
        tls = "none"
        if client.supports_extension("starttls") and wanted.tries(clear=clear):
            await client.starttls(tls_context=wanted.context(self._trusted), server_hostname=wanted.host.name)
            tls = wanted.check(client.get_transport_info("ssl_object"))
            await client.ehlo()  # what is offered now may be more (RFC 3207 4.2)
        elif wanted.strict or route.user:
            raise Untrusted(f"encryption is required here ({wanted.proof}), and the server does not offer it")
        if route.user:
            try:
                await client.login(route.user, route.password)
            except SMTPException as error:
                raise Untrusted(f"the login failed: {error}") from error
        return tls

    async def _send_all(self, session: _Session, feed: Feed, max_mails: int) -> None:
        for _ in range(max_mails):
            if feed.leave():
                return
            envelope = feed.take()
            if envelope is None:
                if not await feed.wait(self._idle):
                    return
                continue
            feed.answer(envelope, await self._send(session, envelope))
            if not session.client.is_connected:
                return

    async def _send(self, session: _Session, envelope: Envelope) -> Reply:
        message, client, host = envelope.message, session.client, session.host
        options = ["SMTPUTF8"] if message.utf8 else []
        if refusal := unfit(message, {k.upper(): v for k, v in client.esmtp_extensions.items()}, host):
            return refusal
        try:
            _, text = await client.sendmail(message.sender, [message.recipient], message.content, mail_options=options)
        except (TimeoutError, SMTPException, OSError) as error:
            reply = as_reply(error, host, session.tls)
            if reply.code in (0, 421):
                client.close()
            return reply
        except asyncio.CancelledError:
            client.close()
            return Reply(0, "stopped before the server answered", "4.4.2", host)
        return reply_of(250, text, host, session.tls)


def as_reply(error: BaseException, host: str, tls: str = "") -> Reply:
    """Turn an error into the server's reply, or with code 0 into what happened to the connection."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPServerDisconnected):
        if error.code < 400:  # no reply at all, or one that has no meaning here
            return Reply(0, error.message or str(error), "4.5.0", host)
        return reply_of(error.code, error.message, host, tls)
    return Reply(0, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, "4.4.2", host)


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        if client.is_connected:
            async with asyncio.timeout(2):
                await client.quit()
    except (TimeoutError, SMTPException, OSError):
        pass
    finally:
        client.close()
