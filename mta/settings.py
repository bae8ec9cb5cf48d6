"""All that an operator may set for the MTA, read once from the environment into one frozen value."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from mta.ports import Tls

DEVELOPMENT_SECRET = "development-only-secret"  # noqa: S105 - the product refuses it in production

RETRY_MINUTES = (5, 15, 30, 60, 120, 240, 480)


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the MTA. Times in seconds, addresses as ``host:port``.

    | field | variable | what |
    |---|---|---|
    | redis_url | `REDIS_URL` | where work comes from; may carry a database number |
    | relay | `MTA_RELAY` | ``host:port`` that takes all mail; empty: deliver to each domain's MX |
    | relay_user, relay_password | `MTA_RELAY_USER`, `MTA_RELAY_PASSWORD` | AUTH at the relay, over TLS only |
    | relay_tls | `MTA_RELAY_TLS` | off, opportunistic, encrypted, required; with a user by default required |
    | routes | `MTA_ROUTES` | other ways for some domains or tenants, and our addresses; default config/routes.toml |
    | ipv6 | `MTA_IPV6` | try a server's IPv6 addresses, before its IPv4 ones |
    | trusted_resolver | `MTA_TRUSTED_RESOLVER` | a resolver that checks DNSSEC, on a safe way: turns DANE on |
    | sts | `MTA_STS` | obey the domains' policies (MTA-STS); on |
    | trusted_certificates | `MTA_TRUSTED_CERTIFICATES` | a file of authorities besides the system's |
    | bounces | `MTA_BOUNCES` | the rules that classify refusals; by default those of the package |
    | processes | `MTA_PROCESSES` | how many engines; 0: one for each core |
    | connections | `MTA_CONNECTIONS` | at most this many to one destination, of all processes together |
    | window | `MTA_WINDOW` | recipients that a process holds, waiting or in flight |
    | commit_interval | `MTA_COMMIT_INTERVAL` | pause between two group commits: what a crash may repeat |
    | retry_delays | `MTA_RETRY_DELAYS` | seconds after each failed attempt, comma-separated; the last one repeats |
    | retry_for | `MTA_RETRY_FOR` | give a recipient up after this |
    | hold | `MTA_HOLD` | how long mail waits for a destination that takes no connection: then it was an attempt |
    | timeout | `MTA_TIMEOUT` | for an answer of a server (RFC 5321 4.5.3.2 asks for up to 10 minutes) |
    | idle | `MTA_IDLE` | close a connection that had nothing to do for so long |
    | hostname | `MTA_HOSTNAME` | what EHLO says |
    | metrics_port | `MTA_METRICS_PORT` | Prometheus on 127.0.0.1; 0: none. Further engines use the next numbers |
    | shaping | `MTA_SHAPING` | limits for each receiver; without a relay, by default config/shaping.toml |
    | key_secret | `MTA_KEY_SECRET`, else `MESSAGEPARK_SECRET_KEY` | opens sealed DKIM keys |
    | allow_rsa1024 | `MTA_ALLOW_RSA1024` | sign with short keys, too |
    """

    redis_url: str = "redis://127.0.0.1:6379/0"
    relay: str = ""
    relay_user: str = ""
    relay_password: str = ""
    relay_tls: str = ""
    routes: Path | None = None
    ipv6: bool = False
    trusted_resolver: str = ""
    sts: bool = True
    trusted_certificates: Path | None = None
    bounces: Path | None = None
    processes: int = 0
    connections: int = 40
    window: int = 1_000
    commit_interval: float = 0.002
    retry_delays: tuple[float, ...] = tuple(m * 60.0 for m in RETRY_MINUTES)
    retry_for: float = 72 * 3600.0
    hold: float = 60.0
    timeout: float = 60.0
    idle: float = 30.0
    dead_after: float = 10.0
    stop_within: float = 7.0
    unrecorded_limit: int = 5_000
    hostname: str = field(default_factory=socket.getfqdn)
    metrics_port: int = 0
    key_secret: str = DEVELOPMENT_SECRET
    allow_rsa1024: bool = False
    log_attempts: bool = False
    shaping: Path | None = None

    @property
    def process_count(self) -> int:
        return self.processes or len(os.sched_getaffinity(0))

    @property
    def relay_address(self) -> tuple[str, int] | None:
        return host_port(self.relay, default_port=25) if self.relay else None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables above; every other field is ``MTA_<NAME>``.

        Raises:
            SettingsError: a value has the wrong form.
        """
        values = {name: _parse(name, str(f.type), text) for name, f in _fields() if (text := _text(name, env))}
        settings = cls(**values)  # type: ignore[arg-type]
        if settings.relay:
            host_port(settings.relay, default_port=25)
        if settings.relay_tls not in {"", *(tls.value for tls in Tls)}:
            raise SettingsError("MTA_RELAY_TLS is one of off, opportunistic, encrypted, required")
        if settings.relay_user and settings.relay_tls in ("off", "opportunistic"):
            raise SettingsError("MTA_RELAY_TLS must be encrypted or required where there is a password")
        if settings.connections < 1 or settings.window < 1 or settings.processes < 0 or not settings.retry_delays:
            raise SettingsError("connections, window and retry_delays must not be empty or below one")
        return settings


def host_port(text: str, *, default_port: int) -> tuple[str, int]:
    """Read ``host``, ``host:port`` or ``[::1]:port``.

    Raises:
        SettingsError: there is no host, or the port is not one.
    """
    host, _, port = text.rpartition(":") if not text.endswith("]") and ":" in text else (text, "", "")
    if not host or (port and not (port.isdigit() and 0 < int(port) < 65536)):
        raise SettingsError(f"{text!r} is not host:port")
    return host.strip("[]"), int(port or default_port)


def _fields() -> list[tuple[str, Field[Any]]]:
    return [(f.name, f) for f in fields(Settings)]


def _text(name: str, env: Mapping[str, str]) -> str:
    if name == "redis_url":
        return env.get("REDIS_URL", "")
    if name == "key_secret":
        return env.get("MTA_KEY_SECRET", "") or env.get("MESSAGEPARK_SECRET_KEY", "")
    return env.get(f"MTA_{name.upper()}", "")


def _parse(name: str, kind: str, text: str) -> object:
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "bool":
            return text.lower() in {"1", "true", "yes", "on"}
        if kind.startswith("tuple"):
            return tuple(float(part) for part in text.split(",") if part.strip())
        if kind.startswith("Path"):
            return Path(text)
    except ValueError as error:
        raise SettingsError(f"MTA_{name.upper()}: {text!r} is not a number") from error
    return text
