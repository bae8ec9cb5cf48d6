"""Whether the domains of an import take mail at all: asked of DNS before anybody is taken in, where somebody wants it.

A domain takes mail at its MX, or without one at its own address (RFC 5321, 5.1); one whose MX is a dot takes none
(RFC 7505). Who gets no answer is left in peace. No transaction is held while DNS is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.resolver
import sqlalchemy as sa

from app.core import queue
from app.core.db import db
from app.core.resolver import NoAnswerYet, ask, make_resolver
from app.core.tenancy import current_tenant_id
from app.lists.importer import imports
from app.lists.importer.moves import locked, move
from app.lists.models import Import
from app.lists.states import ImportState

MOST_DOMAINS = 20_000
AT_ONCE = 200
THREADS = 32
REASON = "no_mail"
_DOMAINS = sa.text("""
SELECT split_part(address_key, '@', -1) FROM import_rows
WHERE tenant_id = :tenant AND import_id = :import_id AND verdict IN ('new', 'known')
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :most
""")
_REFUSE = sa.text("""
UPDATE import_rows SET verdict = 'invalid', reason = :reason
WHERE tenant_id = :tenant AND import_id = :import_id AND verdict IN ('new', 'known')
AND split_part(address_key, '@', -1) = ANY(:dead)
""")


def begin(entry: Import) -> None:
    """Let a job look the domains of an import up; it is looked at again after that.

    Raises:
        Conflict: it has been run already.
    """
    move(entry, ImportState.READING)
    queue.enqueue("lists.look_up_domains", entry.id, queue="bulk", timeout=3600)


def domains_of(import_id: int) -> list[str]:
    """Return the domains of the people who would be taken in, those of the most first."""
    values = {"tenant": current_tenant_id(), "import_id": import_id, "most": MOST_DOMAINS}
    return list(db.session.scalars(_DOMAINS, values))


def without_mail(domains: Sequence[str], servers: Sequence[str]) -> list[str]:
    """Return those of the domains that take no mail, as far as somebody answers. Hold no transaction meanwhile."""
    resolver = make_resolver(servers)
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        takes = pool.map(lambda domain: _takes_mail(resolver, domain), domains)
        return [domain for domain, taken in zip(domains, takes, strict=True) if not taken]


def _takes_mail(resolver: dns.resolver.Resolver, domain: str) -> bool:
    try:
        hosts = ask(resolver, domain, "MX")
        if hosts:
            return any(host.exchange.to_text() != "." for host in hosts)
        return bool(ask(resolver, domain, "A") or ask(resolver, domain, "AAAA"))
    except (NoAnswerYet, dns.exception.DNSException):
        return True


def goes_on(import_id: int) -> bool:
    """Say that the work moves; False where somebody has thrown the import away."""
    entry = locked(import_id)
    if entry is None or entry.state != ImportState.READING:
        return False
    entry.moved_at = sa.func.now()
    db.session.flush()
    return True


def refuse(import_id: int, dead: Sequence[str], *, asked: int) -> None:
    """Refuse the rows of domains that take no mail, and let the import be looked at."""
    entry = locked(import_id)
    if entry is None or entry.state != ImportState.READING:
        return
    values = {"tenant": current_tenant_id(), "import_id": import_id, "dead": list(dead), "reason": REASON}
    db.session.execute(_REFUSE, values)
    imports.tell_findings(entry)
    entry.findings = {**entry.findings, "domains": asked}
    db.session.flush()
