"""What a connection must prove before mail goes over it, and whether it did: by DANE, by MTA-STS, or by a setting.

DANE (RFC 7672) goes before MTA-STS (RFC 8461 2), and both before what the settings leave open. Nothing that was asked
for is given up: a server that cannot prove who it is gets no mail.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mta import dane
from mta.ports import Host, Reply, Route, Tls

NO_PROOF = "4.7.5"  # a cryptographic failure (RFC 5248 names 4.7.5 so)
_STRICTNESS = {tls: number for number, tls in enumerate(Tls)}


class Untrusted(ssl.SSLError):
    """The server did not prove what it had to."""

    def __str__(self) -> str:
        return str(self.args[-1])


@dataclass(frozen=True, slots=True)
class Demand:
    """What one host must prove. `proof`: how, as outcomes tell it: opportunistic, encrypted, required, sts, dane.

    `trial`: only to see whether it would; if not, mail goes as it would without.
    """

    tls: Tls
    proof: str
    host: Host
    trial: bool = False

    @property
    def strict(self) -> bool:
        """Nothing may go in the clear."""
        return self.tls in (Tls.ENCRYPTED, Tls.REQUIRED)

    def tries(self, *, clear: bool) -> bool:
        """Tell whether to encrypt where that is offered. `clear`: it failed here lately."""
        return self.strict or (self.tls is Tls.OPPORTUNISTIC and not clear)

    def context(self, trusted: Path | None) -> ssl.SSLContext:
        """Return what the handshake checks. `trusted`: authorities besides the system's."""
        return _context(self.tls is Tls.REQUIRED and self.proof != "dane", trusted)

    def check(self, connection: ssl.SSLObject) -> str:
        """Return the version and how the server proved who it is, as in `Outcome.tls`.

        Raises:
            Untrusted: it did not.
        """
        if self.proof == "dane" and not dane.vouches(self.host.tlsa or (), _chain(connection), self.host.names):
            raise Untrusted(f"DANE: the certificate of {self.host.name} is not the one that its TLSA records name")
        return f"{connection.version()} {self.proof}"


def demand(route: Route, host: Host, *, trial: bool = False) -> Demand:
    """Return what a connection to this host of the route must prove; with `trial`, what a tested policy asks for."""
    if host.tlsa:
        return Demand(Tls.REQUIRED, "dane", host)
    if host.tlsa is not None and _STRICTNESS[route.tls] < _STRICTNESS[Tls.ENCRYPTED] and not host.sts:
        return Demand(Tls.ENCRYPTED, "encrypted", host)  # RFC 7672 2.2: none usable, so no telling who it is
    if host.sts:
        return Demand(Tls.REQUIRED, "sts", host)
    if trial and host.trial and route.tls in (Tls.OPPORTUNISTIC, Tls.ENCRYPTED):
        return Demand(Tls.REQUIRED, "sts", host, trial=True)
    return Demand(route.tls, route.tls.value, host)


def refusal(error: ssl.SSLError, wanted: Demand) -> Reply:
    """Return what is told of a connection that could not be encrypted as it must; another try may find it mended."""
    why = getattr(error, "verify_message", "") or str(error)
    return Reply(0, f"no trustworthy encryption ({wanted.proof}): {why}", NO_PROOF, wanted.host.name)


@cache
def _context(checked: bool, trusted: Path | None) -> ssl.SSLContext:
    # Reading the system's authorities takes longer than sending a mail, hence the cache.
    context = ssl.create_default_context()
    if trusted:
        context.load_verify_locations(trusted)
    if not checked:
        # Nobody says what name the certificate should have: it keeps out only who listens (RFC 7435).
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _chain(connection: ssl.SSLObject) -> list[bytes]:
    """Return the certificates that the server sent, its own first."""
    if hasattr(connection, "get_unverified_chain"):  # Python 3.13
        return list(connection.get_unverified_chain())
    sent = connection._sslobj.get_unverified_chain() or []  # type: ignore[attr-defined]
    return [certificate.public_bytes(ssl._ssl.ENCODING_DER) for certificate in sent]  # type: ignore[attr-defined]
