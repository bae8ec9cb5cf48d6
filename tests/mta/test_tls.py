"""Encryption on the way, against a real server with a certificate nobody vouches for."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mta.contract import Status
from mta.ports import Tls
from mta.shaping import Limits, Shaping
from tests.mta.support import a_plan, desk, free_port, run


class Receiver:
    """Notes which mails came encrypted."""

    def __init__(self, *, pipelining: bool) -> None:
        self.encrypted: list[bool] = []
        self._pipelining = pipelining

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        # aiosmtpd reads line by line, so it can take a pipeline, though it does not offer it.
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self._pipelining else []), *responses[1:]]

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.encrypted.append(session.ssl is not None)
        return "250 2.0.0 kept"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody.example")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1)).sign(key, None)
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


async def receive(pipelining: bool, certificate: Path | None) -> tuple[Receiver, int, asyncio.Server]:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    receiver, port = Receiver(pipelining=pipelining), free_port()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(receiver, tls_context=context, hostname="mx.example"), "127.0.0.1", port
    )
    return receiver, port, server


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("offered", [True, False])
def test_mail_is_encrypted_where_that_is_offered(
    spool_url: str, certificate: Path, pipelining: bool, offered: bool
) -> None:
    async def story() -> None:
        receiver, port, server = await receive(pipelining, certificate if offered else None)
        async with desk(spool_url, relay=f"127.0.0.1:{port}", connections=2) as d:
            d.feed(a_plan(), count=20)
            assert {o.status for o in await d.finals(20)} == {Status.ACCEPTED}
        assert receiver.encrypted == [offered] * 20
        server.close()

    run(story())


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("offered", [True, False])
def test_where_encryption_is_required_nothing_leaves_without_a_good_certificate(
    spool_url: str, certificate: Path, pipelining: bool, offered: bool
) -> None:
    async def story() -> None:
        receiver, port, server = await receive(pipelining, certificate if offered else None)
        async with desk(spool_url, relay=f"127.0.0.1:{port}", start=False, hold=0.2, retry_delays=(3600.0,)) as d:
            engine = await d.start()
            engine._destinations._shaping = Shaping(Limits(1, tls=Tls.REQUIRED))
            d.feed(a_plan(), count=3)
            await d.until(lambda: d.counts()["deferred"] == 3)
        assert receiver.encrypted == []
        server.close()

    run(story())
