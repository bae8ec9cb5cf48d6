"""Checks of what the service stands on: each says in plain words how it is and what to do.

What asks the network takes a bounded time and runs beside the others. No database transaction is open meanwhile.
"""

from __future__ import annotations

import ctypes
import shutil
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dns.exception
import dns.resolver
import sqlalchemy as sa
from redis.exceptions import RedisError

from app.core import unit
from app.core.db import db
from app.core.errors import N_
from app.core.redis import redis
from app.core.resolver import make_resolver
from app.core.site import settings
from app.core.tenancy import control_plane
from app.operator.terms import Health
from config.settings import Settings

SECONDS = 3.0
CLOCKS_APART = 1.0
DISK_LOW, DISK_OUT = 0.15, 0.05
CONNECTIONS_MANY = 0.8
CERTIFICATE_DAYS, CERTIFICATE_LAST_DAYS = 21, 7
OLDEST_POSTGRES = 15
CLOCK_UNSYNCHRONISED = 5
NTP = N_("Have every machine set its clock by NTP.")
PROBE = "gmail-smtp-in.l.google.com:25"


@dataclass(frozen=True, slots=True)
class Check:
    """How one part is. `said` is an English msgid whose ``%(name)s`` parts come from `params`; so is `advice`."""

    name: str
    health: Health
    said: str
    params: Mapping[str, object] = field(default_factory=dict)
    advice: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What PostgreSQL says of itself. `clock` is its time when ours was `asked_at`, in seconds since 1970."""

    version: int
    connections: int
    most_connections: int
    durable: bool
    size: int
    clock: float
    asked_at: float


def all_checks() -> list[Check]:
    """Return every check, in the order in which they are read. Ends the present transaction: networks are asked."""
    facts, ours = database_facts(), settings()
    unit.roll_back()
    tasks: Sequence[Callable[[], list[Check]]] = (
        lambda: [postgres(facts)],
        redis_checks,
        lambda: [disk(ours)],
        lambda: [clocks(facts, right=kept_right())],
        lambda: names(ours),
        lambda: [port_25(ours)],
        lambda: certificates(ours),
    )
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        return [check for found in pool.map(lambda task: task(), tasks) for check in found]


_FACTS = sa.text(
    """
    SELECT current_setting('server_version_num')::int / 10000 AS version,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
        current_setting('max_connections')::int AS most_connections,
        current_setting('fsync')::bool AND current_setting('full_page_writes')::bool
            AND current_setting('synchronous_commit') <> 'off' AS durable,
        pg_database_size(current_database()) AS size, extract(epoch FROM clock_timestamp())::float AS clock
    """
)


def database_facts() -> DatabaseFacts:
    """Ask PostgreSQL about itself. Control plane: others see only their own connections."""
    asked_at = time.time()
    with control_plane():
        row = db.session.execute(_FACTS).one()
    return DatabaseFacts(**row._mapping, asked_at=(asked_at + time.time()) / 2)


def postgres(facts: DatabaseFacts) -> Check:
    name = "PostgreSQL"
    params = {"version": facts.version, "used": facts.connections, "most": facts.most_connections}
    if facts.version < OLDEST_POSTGRES:
        return Check(name, Health.BAD, N_("Version %(version)s is too old."), params, N_("Upgrade it to 15 or later."))
    if not facts.durable:
        return Check(
            name, Health.BAD, N_("It answers before it has written: a power cut would lose mails that were accepted."),
            params, N_("Turn on fsync, full_page_writes and synchronous_commit."),
        )  # fmt: skip
    if facts.connections > CONNECTIONS_MANY * facts.most_connections:
        return Check(
            name, Health.LOOK, N_("%(used)s of %(most)s connections are in use."), params,
            N_("Raise max_connections, or lower MESSAGEPARK_DB_POOL_SIZE."),
        )  # fmt: skip
    return Check(name, Health.GOOD, N_("Version %(version)s, %(used)s of %(most)s connections are in use."), params)


def redis_checks() -> list[Check]:
    """Redis must never throw away what it was given, and should survive a restart."""
    try:
        memory: Any = redis().info("memory")
        persistence: Any = redis().info("persistence")
    except RedisError as error:
        return [Check("Redis", Health.BAD, N_("It does not answer: %(error)s"), {"error": type(error).__name__})]
    policy = str(memory.get("maxmemory_policy", ""))
    if policy != "noeviction":
        said = N_("Its policy is %(policy)s: when memory runs out, it throws away mail that is under way.")
        return [Check("Redis", Health.BAD, said, {"policy": policy}, N_("Set maxmemory-policy to noeviction."))]
    if not persistence.get("aof_enabled"):
        said = N_("It keeps nothing on the disk: after a restart, mail under way is found again only minutes later.")
        return [Check("Redis", Health.LOOK, said, {}, N_("Set appendonly to yes."))]
    return [_memory(memory)]


def _memory(memory: Any) -> Check:
    used, most = int(memory["used_memory"]), int(memory.get("maxmemory") or 0)
    params = {"used": used // 2**20, "most": most // 2**20}
    if most and used > 0.8 * most:
        return Check(
            "Redis", Health.LOOK, N_("%(used)s of %(most)s MB are in use."), params, N_("Give it more memory.")
        )
    return Check("Redis", Health.GOOD, N_("Keeps what it is given, and uses %(used)s MB."), params)


def disk(ours: Settings) -> Check:
    usage = shutil.disk_usage(ours.var if ours.var.exists() else ours.var.parent)
    free, params = usage.free / usage.total, {"free": usage.free // 2**30, "total": usage.total // 2**30}
    name, said = N_("Disk"), N_("%(free)s of %(total)s GB are free.")
    if free < DISK_LOW:
        advice = N_("Make room: without any, nothing can be written, and mail waits.")
        return Check(name, Health.BAD if free < DISK_OUT else Health.LOOK, said, params, advice)
    return Check(name, Health.GOOD, said, params)


def kept_right() -> bool | None:
    """Return whether something keeps this machine's clock right, as its kernel knows (adjtimex(2)); None: it does not
    say.
    """
    ask = getattr(ctypes.CDLL(None), "adjtimex", None)
    state = ask(ctypes.create_string_buffer(512)) if ask else -1
    return state != CLOCK_UNSYNCHRONISED if state >= 0 else None


def clocks(facts: DatabaseFacts, *, right: bool | None) -> Check:
    """Mails are due by the clock of PostgreSQL, retries by that of Redis, sessions by ours: they must agree. And
    receivers doubt signatures from the future. `right`: whether something keeps ours right.
    """
    name = N_("Clocks")
    try:
        before = time.time()
        seconds, micros = redis().time()
        of_redis = float(seconds) + float(micros) / 1e6 - (before + time.time()) / 2
    except RedisError:
        return Check(name, Health.UNKNOWN, N_("Redis does not tell the time."))
    apart = max(abs(of_redis), abs(facts.clock - facts.asked_at), abs(of_redis - (facts.clock - facts.asked_at)))
    params = {"seconds": f"{apart:.1f}"}
    if apart > CLOCKS_APART:
        said = N_("PostgreSQL, Redis and this machine are %(seconds)s seconds apart.")
        return Check(name, Health.BAD, said, params, NTP)
    if right is False:
        return Check(name, Health.LOOK, N_("They agree, but nothing keeps this machine's clock right."), {}, NTP)
    return Check(name, Health.GOOD, N_("PostgreSQL, Redis and this machine agree."), params)


# --- names ------------------------------------------------------------------------------------------------------


def names(ours: Settings) -> list[Check]:
    """Whether DNS answers, and knows what it must of our own mail domain."""
    title, domain = N_("DNS"), ours.mail_domain
    if domain.rpartition(".")[2] in ("localhost", "test"):
        return [Check(title, Health.UNKNOWN, N_("Not checked: this installation has no name in DNS."))]
    wanted = (
        (f"_spf.{domain}", "TXT"),
        (f"_dmarc.{domain}", "TXT"),
        (f"bounces.{domain}", "MX"),
        (f"workspace.{ours.base_host}", "A"),
    )
    resolver = make_resolver(ours.dns_resolvers)
    try:
        missing = [host for host, kind in wanted if not _answers(resolver, host, kind)]
    except (dns.exception.DNSException, OSError):
        return [Check(title, Health.BAD, N_("DNS does not answer."), {}, N_("Look at MESSAGEPARK_DNS_RESOLVERS."))]
    if missing:
        said = N_("These names say nothing yet: %(names)s")
        advice = N_("Publish what `python -m app.zone` prints, and an address for every workspace.")
        return [Check(title, Health.BAD, said, {"names": ", ".join(missing)}, advice)]
    return [Check(title, Health.GOOD, N_("It answers, and %(domain)s has all its records."), {"domain": domain})]


def _answers(resolver: dns.resolver.Resolver, host: str, kind: str) -> bool:
    try:
        return bool(list(resolver.resolve(host, kind)))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return kind == "A" and _answers(resolver, host, "AAAA")


def port_25(ours: Settings) -> Check:
    """Many hosters close port 25 outwards; then no mail leaves at all."""
    name = N_("Port 25 outwards")
    probe = ours.smtp_probe or (PROBE if ours.environment == "production" else "")
    if not probe:
        return Check(name, Health.UNKNOWN, N_("Not checked: outside production, mail stays in the mailbox here."))
    host, _, port = probe.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
            connection.settimeout(SECONDS)
            greeting = connection.recv(200).decode("ascii", "replace")
    except OSError as error:
        advice = N_("Ask the hoster to open port 25, or send through a relay. Mail waits meanwhile.")
        params: Mapping[str, object] = {"host": host, "error": error.strerror or type(error).__name__}
        return Check(name, Health.BAD, N_("%(host)s cannot be reached: %(error)s"), params, advice)
    if not greeting.startswith("220"):
        return Check(name, Health.LOOK, N_("%(host)s answers, but refuses us: %(said)s"),
                     {"host": host, "said": greeting.strip()[:100]})  # fmt: skip
    return Check(name, Health.GOOD, N_("%(host)s answers."), {"host": host})


# --- certificates -----------------------------------------------------------------------------------------------


def certificates(ours: Settings) -> list[Check]:
    """The certificate of each kind of host that we answer for."""
    if not ours.secure:
        return [Check(N_("Certificates"), Health.UNKNOWN, N_("Not checked: this installation runs without TLS."))]
    port = int(ours.port_suffix.lstrip(":") or 443)
    hosts = (ours.base_host, ours.console_host, f"workspace.{ours.base_host}")
    return [certificate(host, port, now=datetime.now(UTC)) for host in dict.fromkeys(hosts)]


def certificate(host: str, port: int, *, now: datetime, context: ssl.SSLContext | None = None) -> Check:
    """Return how long the certificate of a host holds, and whether browsers take it."""
    name = N_("Certificates")
    try:
        ends = _certificate_ends(host, port, context or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        said, why = N_("%(host)s: browsers refuse it (%(error)s)."), error.verify_message
        return Check(name, Health.BAD, said, {"host": host, "error": why}, N_("Renew it."))
    except OSError as error:
        said, why = N_("%(host)s does not answer over TLS: %(error)s"), type(error).__name__
        return Check(name, Health.BAD, said, {"host": host, "error": why})
    days = (ends - now).days
    said, params = N_("%(host)s: holds for %(days)s more days."), {"host": host, "days": days}
    if days >= CERTIFICATE_DAYS:
        return Check(name, Health.GOOD, said, params)
    health = Health.LOOK if days >= CERTIFICATE_LAST_DAYS else Health.BAD
    return Check(name, health, said, params, N_("It should have been renewed by itself: look at what renews it."))


def _certificate_ends(host: str, port: int, context: ssl.SSLContext) -> datetime:
    with (
        socket.create_connection((host, port), timeout=SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        found = secure.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(found["notAfter"])), UTC)
