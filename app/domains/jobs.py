"""Background work on sending domains."""

from __future__ import annotations

from contextlib import suppress

from app.core import clock
from app.core.errors import NotFound
from app.domains import checking, service


def check(domain_id: int) -> None:
    """Look at a domain's records. It may have been removed since this was asked for."""
    try:
        checking.check(domain_id)
    except NotFound:
        return


def rotate_keys(domain_id: int) -> None:
    """Sign with the other key, if the present one has served its time and the other can be seen."""
    with suppress(NotFound):
        service.rotate_when_due(domain_id, now=clock.now())


def renew_spare_keys(domain_id: int) -> None:
    with suppress(NotFound):
        service.renew_spare_keys(domain_id, now=clock.now())
