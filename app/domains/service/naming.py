"""Adding and removing sending domains."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import N_, Conflict, Invalid, NotFound
from app.core.limits import limit
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.domains import queries
from app.domains.models import SendingDomain
from app.domains.names import display, parse_domain
from app.domains.service.keys import make_keys
from app.domains.service.rows import own
from app.tenants.plans import one_at_a_time
from app.tenants.queries import current_workspace

ADDED_A_DAY = 40


class AlreadyHere(Conflict):
    about = "name"
    status = 422
    message = N_("%(name)s is on the list already.")


class TooMany(Invalid):
    about = "name"
    message = N_(
        "The plan %(plan)s has %(most)s sending domains. Nothing was added; take a larger plan or remove a domain."
    )


def add_domain(text: str) -> int:
    """Add the domain that somebody typed, with two keys; nothing is signed with them before it is verified.

    Raises:
        NotADomain, NobodysDomain, MailProvider, OurOwn: it cannot be a sending domain.
        AlreadyHere: the workspace has it.
        TooMany: it has as many as it can have.
        RateLimited: too many were added today.
    """
    name = parse_domain(text, own=settings().mail_domain)
    plan = current_workspace().plan
    one_at_a_time("domains")
    present = queries.domains()
    if any(each.name == name for each in present):
        raise AlreadyHere(name=display(name))
    if len(present) >= plan.domains:
        raise TooMany(plan=plan.name, most=plan.domains)
    limit("sending-domains", str(current_tenant_id()), count=ADDED_A_DAY, seconds=24 * 3600)
    return _store(name)


def _store(name: str) -> int:
    fresh = insert(SendingDomain).values(tenant_id=current_tenant_id(), name=name, token=secrets.token_hex(16))
    domain_id: int | None = db.session.scalar(fresh.on_conflict_do_nothing().returning(SendingDomain.id))
    if domain_id is None:
        raise AlreadyHere(name=display(name))
    make_keys(domain_id)
    return domain_id


def remove_domain(domain_id: int) -> None:
    """Forget a domain and its keys. Mail from it is signed in the service's name from now on.

    Raises:
        NotFound: the workspace has none of this number.
    """
    gone = db.session.execute(sa.delete(SendingDomain).where(own(domain_id)).returning(SendingDomain.id))
    if gone.one_or_none() is None:
        raise NotFound
