"""Where the service may connect to on a customer's word: a name is resolved once, checked, and then only that address
is used (OWASP, Server-Side Request Forgery). Whatever fetches or dials for a customer goes through `reachable`.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.core.errors import N_, Invalid
from app.core.site import settings

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
# Public by number, and yet doors into a cloud's own machinery: Azure's host, and networks that carry IPv4 inside.
_INNER = tuple(
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)


class NotReachable(Invalid):
    message = N_("%(host)s cannot be reached from here: it is an address inside a network. The operator may allow it.")


class NameUnknown(Invalid):
    message = N_("There is no server with the name %(host)s. Look at how it is written.")


class NoAnswer(Invalid):
    message = N_("%(host)s does not answer on port %(port)s. Is the port right, and does a firewall let us in?")


@dataclass(frozen=True, slots=True)
class Reachable:
    """A server that was resolved and checked: connect to `ip`; `host` is for the certificate's name only."""

    host: str
    port: int
    ip: str

    def connect(self, seconds: float) -> socket.socket:
        """Return a connected socket.

        Raises:
            NoAnswer: nobody takes the connection within this time.
        """
        try:
            return socket.create_connection((self.ip, self.port), timeout=seconds)
        except OSError as error:
            raise NoAnswer(host=self.host, port=self.port) from error


@contextmanager
def nowhere_else(place: Reachable) -> Iterator[None]:
    """Let what runs inside connect to this server alone, whoever in a library asks for it.

    Drivers go where a server sends them (a redirect of Oracle's listener, a routing of SQL Server), without asking us.

    Raises:
        NotReachable: the server sent us elsewhere.
    """
    _watch_connections()
    token = _only.set((place.ip, place.port))
    try:
        yield
    finally:
        _only.reset(token)


_only: ContextVar[tuple[str, int] | None] = ContextVar("the only server that may be connected to", default=None)


@cache
def _watch_connections() -> None:
    sys.addaudithook(_refuse_elsewhere)


def _refuse_elsewhere(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and (only := _only.get()) is not None and tuple(args[1][:2]) != only:
        raise NotReachable(host=args[1][0])


def reachable(host: str, port: int, *, allowed: Sequence[str] | None = None) -> Reachable:
    """Resolve a name (or address) and check every address that it has.

    Args:
        allowed: networks that may be reached though they are not public; the operator's setting, if not given.

    Raises:
        NameUnknown: it does not resolve.
        NotReachable: one of its addresses is private, loopback, link-local, shared (RFC 6598), metadata or reserved.
    """
    networks = [ipaddress.ip_network(text, strict=False) for text in _allowed(allowed)]
    found = _resolved(host, port)
    if not all(_is_open(ip, networks) for ip in found):
        raise NotReachable(host=host)
    return Reachable(host, port, str(found[0]))


def _allowed(given: Sequence[str] | None) -> Sequence[str]:
    return settings().reachable_networks if given is None else given


def _resolved(host: str, port: int) -> list[Ip]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError, ValueError) as error:
        raise NameUnknown(host=host) from error
    # A zone (fe80::1%eth0) is a link-local address in any case.
    found = [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    if not host.strip() or not found:
        raise NameUnknown(host=host)
    return list(dict.fromkeys(found))


def _is_open(ip: Ip, allowed: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    inner = getattr(ip, "ipv4_mapped", None)
    if inner is not None:
        return _is_open(inner, allowed)
    if any(ip in network for network in allowed if network.version == ip.version):
        return True
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _INNER if net.version == ip.version)
