"""MTA-STS (RFC 8461): what a domain says of its mail servers, by a TXT record and a policy behind HTTPS.

A policy is kept as long as it says, by all processes together: who cuts off DNS or HTTPS cannot make us forget it.
"""

from __future__ import annotations

import asyncio
import http.client
import ssl
import time
from collections import OrderedDict
from io import BytesIO
from typing import Protocol

import msgspec
import structlog

from mta.resolving import FAILURES, Resolver

MODES = ("enforce", "testing", "none")
MAX_BYTES = 64 * 1024
MAX_AGE = 31_557_600
FETCH_SECONDS = 30.0
REFRESH_AFTER = 86_400.0
RETRY_AFTER = 300.0
CACHE = 20_000
log = structlog.get_logger("mta")


class BadPolicy(ValueError):
    """It could not be fetched, or is none; the message says why."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the TXT record's; `fetched_at` seconds since 1970."""

    id: str
    mode: str
    mx: tuple[str, ...]
    max_age: int
    fetched_at: float

    def holds(self, now: float) -> bool:
        return now < self.fetched_at + self.max_age

    def allows(self, host: str) -> bool:
        """Tell whether the domain names this host; ``*`` stands for one label (RFC 8461 4.1)."""
        name = host.lower().rstrip(".")
        return any(name == p or (p.startswith("*.") and name.partition(".")[2] == p[2:]) for p in self.mx)


class Store(Protocol):
    """Where policies outlive a process."""

    async def load(self, domain: str) -> bytes | None:
        """Return what was saved, unless its time is over."""

    async def save(self, domain: str, policy: bytes, seconds: int) -> None:
        """Keep it for so long. Like `load`, it fails silently: a policy then is known to this process alone."""


class Policies:
    """The policies of domains; asked for when a domain is routed."""

    def __init__(
        self, resolver: Resolver, store: Store | None = None, *, port: int = 443, context: ssl.SSLContext | None = None
    ) -> None:
        self._resolver = resolver
        self._store = store
        self._port = port
        self._context = context or ssl.create_default_context()
        self._known: OrderedDict[str, Policy] = OrderedDict()
        self._failed: dict[str, float] = {}

    async def policy(self, domain: str) -> Policy | None:
        """Return the policy in force, or None. What cannot be asked for now is as it was (RFC 8461 5.1)."""
        known = await self._kept(domain)
        policy_id = await self._record(domain)
        if policy_id is None:
            return known
        if known and known.id == policy_id and time.time() < known.fetched_at + REFRESH_AFTER:
            return known
        if self._failed.get(domain, 0) > time.monotonic():
            return known
        try:
            fresh = parse(await self._fetch(f"mta-sts.{domain}"), policy_id, time.time())
        except (BadPolicy, OSError, TimeoutError, *FAILURES) as error:
            log.warning("sts_policy_unavailable", domain=domain, reason=str(error) or type(error).__name__)
            if len(self._failed) > CACHE:
                self._failed.clear()
            self._failed[domain] = time.monotonic() + RETRY_AFTER
            return known
        await self._keep(domain, fresh)
        return fresh

    async def _kept(self, domain: str) -> Policy | None:
        known = self._known.get(domain)
        if known is None and self._store and (saved := await self._store.load(domain)):
            known = msgspec.json.decode(saved, type=Policy)
        return known if known and known.holds(time.time()) else None

    async def _keep(self, domain: str, policy: Policy) -> None:
        self._failed.pop(domain, None)
        self._known[domain] = policy
        self._known.move_to_end(domain)
        if len(self._known) > CACHE:
            self._known.popitem(last=False)
        if self._store:
            await self._store.save(domain, msgspec.json.encode(policy), policy.max_age)

    async def _record(self, domain: str) -> str | None:
        try:
            found = await self._resolver.ask(f"_mta-sts.{domain}", "TXT")
        except FAILURES:
            return None
        texts = (b"".join(record.strings).decode("ascii", "replace") for record in found.records)
        records = [text for text in texts if text.startswith("v=STSv1;")]
        if len(records) != 1:  # RFC 8461 3.1: several are none
            return None
        return dict(part.strip().partition("=")[::2] for part in records[0].split(";")).get("id") or None

    async def _fetch(self, host: str) -> bytes:
        async with asyncio.timeout(FETCH_SECONDS):
            addresses = await self._addresses(host)
            if not addresses:
                raise BadPolicy(f"{host} has no address")
            reader, writer = await asyncio.open_connection(
                addresses[0], self._port, ssl=self._context, server_hostname=host, limit=MAX_BYTES
            )
            try:
                request = f"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                return _body(await _read(reader))
            finally:
                writer.transport.abort()

    async def _addresses(self, host: str) -> list[str]:
        found = [await self._resolver.ask(host, kind) for kind in ("A", "AAAA")]
        return [record.address for answer in found for record in answer.records]


async def _read(reader: asyncio.StreamReader) -> bytes:
    said = b""
    while chunk := await reader.read(MAX_BYTES):
        said += chunk
        if len(said) > MAX_BYTES:
            raise BadPolicy("the policy is larger than 64 KB")
    return said


class _Said:
    """A socket that has said everything, for `http.client` to read from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._data)


def _body(answer: bytes) -> bytes:
    response = http.client.HTTPResponse(_Said(answer))  # type: ignore[arg-type]
    try:
        response.begin()
        if response.status != 200:  # RFC 8461 3.3: redirects are not followed
            raise BadPolicy(f"the answer is {response.status}")
        if response.headers.get_content_type() != "text/plain":
            raise BadPolicy("the answer is not text/plain")
        return response.read()
    except http.client.HTTPException as error:
        raise BadPolicy(f"the answer is not HTTP: {type(error).__name__}") from error


def parse(text: bytes, policy_id: str, now: float) -> Policy:
    """Read a policy (RFC 8461 3.2).

    Raises:
        BadPolicy: a field is missing or makes no sense.
    """
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in text.decode("utf-8", "replace").splitlines():
        name, _colon, value = (part.strip() for part in line.partition(":"))
        if name == "mx":
            patterns.append(value.lower().rstrip("."))
        else:
            fields.setdefault(name, value)
    mode, age = fields.get("mode", ""), fields.get("max_age", "")
    if fields.get("version") != "STSv1" or mode not in MODES or not (age.isascii() and age.isdigit()):
        raise BadPolicy("the policy lacks version, mode or max_age")
    if not patterns and mode != "none":
        raise BadPolicy("the policy names no mail server")
    return Policy(id=policy_id, mode=mode, mx=tuple(patterns), max_age=min(int(age), MAX_AGE), fetched_at=now)
