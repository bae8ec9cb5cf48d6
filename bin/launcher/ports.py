"""Says which port is taken, and which variable gives another one."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from launcher.terminal import Refusal


@dataclass(frozen=True)
class Listener:
    """Something that will listen: `what` as a person calls it, `change` is what to set for another port."""

    what: str
    address: str
    change: str

    @property
    def host(self) -> str:
        return self.address.rpartition(":")[0].strip("[]") or "0.0.0.0"  # noqa: S104 - what an empty host means

    @property
    def port(self) -> int:
        port = self.address.rpartition(":")[2]
        if not port.isdigit() or int(port) > 65535:
            raise Refusal(f"{self.address!r} is no address for {self.what}: write it as host:port ({self.change}).")
        return int(port)


def require_free(listeners: list[Listener]) -> None:
    """Refuse when a port is taken or may not be used, naming it and what changes it."""
    for listener in listeners:
        problem = _problem(listener)
        if problem:
            name = f"port {listener.port} for {listener.what}"
            raise Refusal(f"{name} {problem}: stop what uses it, or {listener.change}.")


def _problem(listener: Listener) -> str:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listener.host, listener.port))
        except OSError as error:
            return _REASONS.get(error.errno or 0, f"cannot be used ({error.strerror})")
    return ""


_REASONS = {errno.EADDRINUSE: "is already taken", errno.EACCES: "may not be used without root"}
