"""The environment that bin/up gives its processes: what the person set, and a working default for the rest."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded import Services
from launcher.places import VENV_BIN
from launcher.ports import Listener

DEMO_LOGIN = "demo@daily-park.example"

DEFAULT_PORT = "8000"
LOOPBACK = "127.0.0.1"
DEMO_SLUG = "daily-park"
LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Addresses:
    """Where the processes listen. `base_url` is what people type."""

    bind: str
    base_url: str
    mailbox_smtp: str
    mailbox_web: str
    reading: str

    @property
    def demo_url(self) -> str:
        scheme, _, host = self.base_url.partition("://")
        return f"{scheme}://{DEMO_SLUG}.{host}"

    @property
    def mailbox_url(self) -> str:
        return f"http://{self.mailbox_web}"


def addresses(env: Mapping[str, str], port: int | None = None) -> Addresses:
    """Read the addresses from the environment; `port` (``--port``) goes before ``PORT`` and the bind address."""
    host, _, bound = env.get("MESSAGEPARK_BIND", "").rpartition(":")
    number = str(port) if port else env.get("PORT") or bound or DEFAULT_PORT
    return Addresses(
        bind=f"{host or LOOPBACK}:{number}",
        base_url=env.get("MESSAGEPARK_BASE_URL") or f"http://localhost:{number}",
        mailbox_smtp=env.get("MAILBOX_SMTP") or f"{LOOPBACK}:2525",
        mailbox_web=env.get("MAILBOX_WEB") or f"{LOOPBACK}:8025",
        reading=env.get("MESSAGEPARK_READING_BIND") or f"{LOOPBACK}:8004",
    )


def wants_mailbox(env: Mapping[str, str]) -> bool:
    """The catch-all mailbox stands in where mail has no way out: no relay is named, and this is no production."""
    return not env.get("MTA_RELAY") and env.get("MESSAGEPARK_ENVIRONMENT") != "production"


def listeners(places: Addresses, *, mailbox: bool) -> list[Listener]:
    """Return what bin/up will listen on, for the check before anything starts."""
    web = Listener("the web server", places.bind, "use another one with `bin/up --port N` (or PORT=N)")
    reading = Listener("the time of reading", places.reading, f"set MESSAGEPARK_READING_BIND={LOOPBACK}:N")
    if not mailbox:
        return [web, reading]
    return [
        web,
        reading,
        Listener("the mailbox's SMTP", places.mailbox_smtp, f"set MAILBOX_SMTP={LOOPBACK}:N"),
        Listener("the mailbox's web page", places.mailbox_web, f"set MAILBOX_WEB={LOOPBACK}:N"),
    ]


def process_environment(env: Mapping[str, str], places: Addresses, services: Services, var: Path) -> dict[str, str]:
    """Return the environment of release and of every process in the Procfile."""
    given = {
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "PATH": os.pathsep.join([str(VENV_BIN), env.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "MESSAGEPARK_BIND": places.bind,
        "MESSAGEPARK_BASE_URL": places.base_url,
        "MESSAGEPARK_READING_BIND": places.reading,
    }
    defaults = {
        "MESSAGEPARK_ENVIRONMENT": "development",
        "MESSAGEPARK_VAR": str(var),
        "MESSAGEPARK_DEMO_PASSWORD_FILE": str(demo_password_file(var)),
        "MESSAGEPARK_SECRET_KEY": kept(var / "secret-key", random_key),
    }
    if wants_mailbox(env):
        defaults |= {
            "MTA_RELAY": places.mailbox_smtp,
            "MAILBOX_SMTP": places.mailbox_smtp,
            "MAILBOX_WEB": places.mailbox_web,
            "MAILBOX_DIR": str(var / "mailbox"),
            "MESSAGEPARK_MAILBOX_URL": places.mailbox_url,
            "MESSAGEPARK_READING_URL": f"http://{places.reading}",
            # The mailbox puts `later+…` off twice: whoever tries it should see the third attempt.
            "MTA_RETRY_DELAYS": "5,10,30",
            "MESSAGEPARK_OPERATOR_EMAILS": DEMO_LOGIN,
        }
    return defaults | {name: value for name, value in env.items() if value} | given


def demo_password_file(var: Path) -> Path:
    """Return the file that keeps the demo's random password, written on the first call."""
    path = var / "demo-password"
    kept(path, random_password)
    return path


def random_key() -> str:
    return secrets.token_urlsafe(32)


def random_password() -> str:
    """Return a password that can be read aloud, as in ``k7mq-x2pd-9twz`` (59 bits)."""
    groups = ("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret that `path` keeps; the first time it is made, readable by us only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
    return path.read_text().strip()
