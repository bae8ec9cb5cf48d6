"""One engine process: wiring, signals, end."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
from functools import partial
from pathlib import Path

import uvloop
from redis import Redis

from mta import metrics, overview, routes, shaping
from mta.engine import Engine
from mta.policies import RedisStore
from mta.ports import Router, Tls, Transport
from mta.proving import DkimProver
from mta.resolving import resolver_at
from mta.routes import RuledRouter, Ways
from mta.routing import MxRouter, RelayRouter
from mta.settings import Settings
from mta.shaping import Shaping
from mta.spool import RedisSpool
from mta.sts import Policies
from mta.transport import SmtpTransport

WATCH = 0.5
NEW_OBJECTS = 50_000
SHAPING = Path("config/shaping.toml")
ROUTES = Path("config/routes.toml")


def run(settings: Settings, *, number: int = 0, parent: int | None = None) -> None:
    """Deliver mail until SIGTERM or SIGINT, or until the parent process is gone. `number`: which of its children."""
    # What is there now lives as long as the process; mails come and go in hundreds, few of them in circles.
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    uvloop.run(_deliver(settings, number, parent))


async def _deliver(settings: Settings, number: int, parent: int | None) -> None:
    engine = build(settings)
    if settings.metrics_port:
        queues = partial(overview.lanes, Redis.from_url(settings.redis_url, socket_timeout=3))
        metrics.serve(engine.counts, lambda: engine.told, settings.metrics_port + number, queues)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, engine.stop)
    watch = asyncio.create_task(_stop_without(parent, engine)) if parent else None
    await engine.run()
    if watch:
        watch.cancel()


def build(settings: Settings) -> Engine:
    """Put an engine together. Must be called within a running loop."""
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    spool = RedisSpool(settings.redis_url, name, dead_after=settings.dead_after)
    ways = ways_of(settings)
    router = RuledRouter(ways.rules, _router(settings)) if ways.rules else _router(settings)
    # Not the router's cache: who has just set a record wants to know how it stands now.
    prover = DkimProver(partial(resolver_at, settings.trusted_resolver, cached=False))
    carried = _transport(settings)
    return Engine(settings, spool, router, carried, shaping_of(settings), sources=ways.sources, prover=prover)


def _router(settings: Settings) -> Router:
    if settings.relay_address is None:
        resolver = resolver_at(settings.trusted_resolver)
        sts = Policies(resolver, RedisStore(settings.redis_url)) if settings.sts else None
        return MxRouter(resolver, ipv6=settings.ipv6, sts=sts)
    host, port = settings.relay_address
    tls = Tls(settings.relay_tls or ("required" if settings.relay_user else "opportunistic"))
    return RelayRouter(host, port, user=settings.relay_user, password=settings.relay_password, tls=tls)


def ways_of(settings: Settings) -> Ways:
    return routes.load(settings.routes or (ROUTES if ROUTES.exists() else None))


def shaping_of(settings: Settings) -> Shaping:
    # A relay of one's own needs no politeness; what it hands on, it shapes itself.
    file = settings.shaping or (SHAPING if SHAPING.exists() else None)
    return shaping.load(None if settings.relay else file, settings.connections)


def _transport(settings: Settings) -> Transport:
    trusted = settings.trusted_certificates
    return SmtpTransport(settings.hostname, timeout=settings.timeout, idle=settings.idle, trusted=trusted)


async def _stop_without(parent: int, engine: Engine) -> None:
    # A supervisor killed with -9 cannot tell its children; they must not live on beside those of the next one.
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(WATCH)
    engine.stop()
