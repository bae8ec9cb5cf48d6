"""Settings of the mailbox, from the environment."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mta.settings import SettingsError, host_port

SMTP = "127.0.0.1:2525"
WEB = "127.0.0.1:8025"


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Addresses as (host, port). `keep`: how many mails stay; older ones go, so that a big mailing fills no disk."""

    smtp: tuple[str, int]
    web: tuple[str, int]
    folder: Path
    keep: int = 2_000

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> MailboxSettings:
        """Read `MAILBOX_SMTP`, `MAILBOX_WEB` (or `MAILBOX_HTTP`), `MAILBOX_DIR`, `MAILBOX_KEEP`.

        Raises:
            SettingsError: an address is not on loopback, or has the wrong form.
        """
        folder = env.get("MAILBOX_DIR") or str(Path(env.get("MESSAGEPARK_VAR") or "var") / "mailbox")
        keep = env.get("MAILBOX_KEEP") or "2000"
        if not keep.isdigit() or int(keep) < 1:
            raise SettingsError(f"MAILBOX_KEEP: {keep!r} is not a number above zero")
        return cls(
            smtp=_loopback("MAILBOX_SMTP", env.get("MAILBOX_SMTP") or SMTP),
            web=_loopback("MAILBOX_WEB", env.get("MAILBOX_WEB") or env.get("MAILBOX_HTTP") or WEB),
            folder=Path(folder),
            keep=int(keep),
        )


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


def _loopback(name: str, text: str) -> tuple[str, int]:
    host, port = host_port(text, default_port=0)
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise SettingsError(f"{name}: {host} is not known here") from error
    if not all(map(is_loopback, found)):
        raise SettingsError(f"{name}: {text} is not on loopback; the mailbox shows every mail to everybody")
    return host, port
