"""Servers of the world outside, on loopback: DNS, mail over TLS, and policies over HTTPS."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mta.resolving import Resolver
from tests.mta.support import free_port

Zone = dict[tuple[str, str], list[str]]


class Nameserver(asyncio.DatagramProtocol):
    """Answers from a zone. Names with the label ``broken`` get SERVFAIL; DNSSEC vouches for those `unsigned` lacks."""

    def __init__(self, zone: Zone, *, unsigned: Iterable[str] = ()) -> None:
        self.zone = zone
        self.questions = 0
        self.unsigned = set(unsigned)
        self.broken = {"broken"}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.questions += 1
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if query.flags & dns.flags.AD and not any(name.endswith(one) for one in self.unsigned):
            answer.flags |= dns.flags.AD
        if self.broken & set(name.split(".")):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


async def nameserver(zone: Zone, *, trusted: bool = False) -> tuple[Nameserver, Resolver]:
    """Start a name server and return it with a resolver that asks it."""
    server, port = Nameserver(zone), free_port()
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", port))
    stub = dns.asyncresolver.Resolver(configure=False)
    stub.nameservers, stub.port, stub.lifetime = ["127.0.0.1"], port, 2.0
    return server, Resolver(stub, trusted=trusted)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key in `file`; `der` and `key` as TLSA records name them."""

    file: Path
    der: bytes
    key: bytes

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file)
        return context


class Authority:
    """Makes certificates that lead to one root, `file`, or to themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = _builder(self._name, self._name, self._key.public_key(), days=10)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False)
        self._root = builder.sign(self._key, hashes.SHA256())
        self.der = self._root.public_bytes(Encoding.DER)
        self.key = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.file = folder / "root.pem"
        self.file.write_bytes(self._root.public_bytes(Encoding.PEM))

    def issue(self, *names: str, days: int = 5, self_signed: bool = False) -> Certificate:
        """Make a certificate for these names; the file holds the root behind it, as servers with DANE-TA send it."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        builder = _builder(subject, subject if self_signed else self._name, key.public_key(), days=days)
        alternatives: list[x509.GeneralName] = [_general_name(name) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, False)
        made = builder.sign(key if self_signed else self._key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._folder / f"{sha256(made.public_bytes(Encoding.DER)).hexdigest()[:16]}.pem"
        behind = b"" if self_signed else self._root.public_bytes(Encoding.PEM)
        file.write_bytes(made.public_bytes(Encoding.PEM) + behind + private)
        info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Certificate(file, made.public_bytes(Encoding.DER), info)


def _builder(subject: x509.Name, issuer: x509.Name, key: Any, *, days: int) -> x509.CertificateBuilder:
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=days))


def _general_name(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)


@dataclass
class Receiver:
    """Notes of each mail whether it came encrypted, from which address, and after which greeting."""

    pipelining: bool = True
    encrypted: list[bool] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str = "secret"

    async def handle_EHLO(
        self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        # aiosmtpd reads line by line, so it can take a pipeline, though it does not offer it.
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.pipelining else []), *responses[1:]]

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.encrypted.append(session.ssl is not None)
        self.sources.append(session.peer[0])
        self.greetings.append(session.host_name)
        self.recipients += envelope.rcpt_tos
        return "250 2.0.0 kept"

    def login(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        self.logins.append((mechanism, data.login.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)


async def receive(
    receiver: Receiver, certificate: Certificate | None = None, *, port: int = 0, address: str = "127.0.0.1", **how: Any
) -> tuple[int, asyncio.Server]:
    """Start a mail server; it offers STARTTLS where it has a certificate."""
    port = port or free_port()
    context = certificate.server_context() if certificate else None
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(receiver, tls_context=context, hostname="mx.example", **how), address, port
    )
    return port, server


async def publish(answer: bytes, certificate: Certificate) -> tuple[int, asyncio.Server]:
    """Start a web server that says the same to everybody, without regard to who asks for what."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=certificate.server_context())
    return server.sockets[0].getsockname()[1], server


def policy(mode: str, *mx: str, max_age: int = 86_400) -> bytes:
    """Return a web server's answer that holds a policy."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx), f"max_age: {max_age}", ""]
    return page("\r\n".join(lines).encode())


def page(body: bytes, status: str = "200 OK", kind: str = "text/plain") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
