"""SMTP without pipelining, by aiosmtplib: one step after the other, on a connection that stays open."""

from __future__ import annotations

import asyncio

import aiosmtplib
from aiosmtplib.errors import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from mta.ports import Envelope, Feed, Host, Reply, Route, Tls, Unreachable
from mta.replies import reply_of

MAX_MAILS = 5_000
# Opportunistic (RFC 7435): encrypted where that is offered and works (None), else in the clear.
_WAYS: dict[Tls, tuple[bool | None, ...]] = {Tls.OFF: (False,), Tls.OPPORTUNISTIC: (None, False), Tls.REQUIRED: (True,)}


class PlainTransport:
    """Implements `ports.Transport` without pipelining: for servers that do not offer it."""

    def __init__(self, hostname: str, *, timeout: float = 60.0, idle: float = 30.0) -> None:
        self._hostname = hostname
        self._timeout = timeout
        self._idle = idle

    async def converse(self, route: Route, feed: Feed, *, max_mails: int = MAX_MAILS) -> None:
        client, host = await self._connect(route)
        try:
            await self._send_all(client, host, feed, max_mails)
        finally:
            await _quit(client)

    async def _connect(self, route: Route) -> tuple[aiosmtplib.SMTP, Host]:
        reply = Reply(0, "no address to connect to", "4.4.1")
        for host in route.hosts:
            for address in host.addresses:
                # A password is not tried again in the clear where encrypting failed.
                for start_tls in _WAYS[route.tls][: 1 if route.user else None]:
                    client = self._client(route, host, address, start_tls)
                    try:
                        await client.connect()
                    except (TimeoutError, SMTPException, OSError) as error:
                        client.close()
                        reply = as_reply(error, host.name)
                    else:
                        return client, host
        raise Unreachable(reply)

    def _client(self, route: Route, host: Host, address: str, start_tls: bool | None) -> aiosmtplib.SMTP:
        required = route.tls is Tls.REQUIRED
        return aiosmtplib.SMTP(
            hostname=host.name if required else address,  # what the certificate must be for
            port=host.port,
            local_hostname=self._hostname,
            timeout=self._timeout,
            start_tls=start_tls,
            validate_certs=required,
            username=route.user or None,
            password=route.password or None,
        )

    async def _send_all(self, client: aiosmtplib.SMTP, host: Host, feed: Feed, max_mails: int) -> None:
        for _ in range(max_mails):
            envelope = feed.take()
            if envelope is None:
                if not await feed.wait(self._idle):
                    return
                continue
            feed.answer(envelope, await self._send(client, host, envelope))
            if not client.is_connected:
                return

    async def _send(self, client: aiosmtplib.SMTP, host: Host, envelope: Envelope) -> Reply:
        message = envelope.message
        options = ["SMTPUTF8"] if message.utf8 else []
        if message.utf8 and not client.supports_extension("smtputf8"):
            return Reply(553, "the server takes no addresses beyond ASCII (SMTPUTF8)", "5.6.7", host.name, final=True)
        try:
            _, text = await client.sendmail(message.sender, [message.recipient], message.content, mail_options=options)
        except (TimeoutError, SMTPException, OSError) as error:
            reply = as_reply(error, host.name)
            if reply.code in (0, 421):
                client.close()
            return reply
        except asyncio.CancelledError:
            client.close()
            return Reply(0, "stopped before the server answered", "4.4.2", host.name)
        return reply_of(250, text, host.name)


def as_reply(error: BaseException, host: str) -> Reply:
    """Turn an error into the server's reply, or with code 0 into what happened to the connection."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException) and not isinstance(error, SMTPServerDisconnected):
        if error.code < 400:  # no reply at all, or one that has no meaning here
            return Reply(0, error.message or str(error), "4.5.0", host)
        return reply_of(error.code, error.message, host)
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
