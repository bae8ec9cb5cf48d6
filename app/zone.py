"""`python -m app.zone`: what the service's own DNS has to say, as a zone file (RFC 1035, 5) to include in its zone.

Customers' DKIM records are aliases of names in it, so it is made anew whenever a domain or a key was added: let a timer
write it to where the name server reads it. `--rotate` first changes the key that the service's own mail is signed with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.domains import queries, service
from app.domains.keys import as_strings, record_text
from app.domains.records import DMARC_START, dkim_target, return_path_target, shared_domain
from app.factory import create_site_app
from config.settings import Settings, SettingsError

TTL = 300


def main(argv: list[str]) -> int:
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    with create_site_app(settings).app_context(), unit_of_work():
        if "--rotate" in argv:
            service.rotate_service_key()
        for line in zone(settings):
            print(line)
    return 0


def zone(settings: Settings) -> Iterator[str]:
    """Yield the records line by line. Control plane: they are every workspace's."""
    domain = settings.mail_domain
    bounces = return_path_target(domain)
    yield f"; {domain}: made by `python -m app.zone`"
    shared = shared_domain(domain)
    for name in (domain, f"_spf.{domain}", bounces, shared):
        yield _text(name, spf_text(settings))
    yield f"{bounces}. {TTL} IN MX 10 {settings.base_host}."
    yield _text(f"_dmarc.{domain}", DMARC_START)
    # RFC 7489, 7.1: who gets reports about other domains has to say that it wants them.
    yield _text(f"*._report._dmarc.{domain}", "v=DMARC1")
    for name in (domain, shared):
        yield f"{name}. {TTL} IN MX 10 {settings.base_host}."
    with control_plane():
        for selector, public in queries.service_keys():
            yield _text(f"{selector}._domainkey.{domain}", record_text(public))
        for token, selector, text in queries.published_keys():
            yield _text(dkim_target(selector, token, domain), text)


def spf_text(settings: Settings) -> str:
    """Return who may send for us (RFC 7208): the networks of the settings, else the address of the service itself."""
    terms = [f"ip{6 if ':' in network else 4}:{network}" for network in settings.sending_networks]
    return " ".join(["v=spf1", *(terms or [f"a:{settings.base_host}"]), "~all"])


def _text(name: str, text: str) -> str:
    strings = " ".join(f'"{part}"' for part in as_strings(text))
    return f"{name}. {TTL} IN TXT {strings}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
