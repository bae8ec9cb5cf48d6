"""A look at a domain's records: read what to look for, ask DNS with no transaction open, record what it said."""

from __future__ import annotations

from app.core import clock, unit
from app.core.site import settings
from app.domains import queries, service
from app.domains.resolver import look


def check(domain_id: int, *, asked: bool = False) -> None:
    """Look once and commit. `asked`: a person is waiting for it.

    Raises:
        NotFound: the workspace has no such domain (any more).
    """
    with unit.unit_of_work():
        wanted = queries.wanted(queries.domain(domain_id))
    seen = look(wanted, settings().dns_resolvers)
    with unit.unit_of_work():
        service.record_sightings(domain_id, wanted, seen, now=clock.now(), asked=asked)
