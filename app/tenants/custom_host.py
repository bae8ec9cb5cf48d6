"""A workspace under a host name of its customer's own: an alias of its name under ours, looked up before it is used.

The alias names the workspace, so whoever can set it has shown that the host is theirs and which workspace it is for.
"""

from __future__ import annotations

import re

import idna
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core import unit
from app.core.db import db
from app.core.errors import N_, Conflict, Invalid, NotFound, Unavailable
from app.core.resolver import NoAnswerYet, ask, make_resolver
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.tenants import queries
from app.tenants.models import Tenant

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LONGEST = 200


class NotAHost(Invalid):
    about = "host"
    message = N_("This is not a host name below a domain of yours. It looks like news.example.com.")


class NoAlias(Invalid):
    about = "host"
    message = N_("%(host)s is not an alias of %(target)s yet. New records can take an hour to be seen.")


class AnotherAlias(Invalid):
    about = "host"
    message = N_("%(host)s is an alias of %(found)s. It must be one of %(target)s.")


class DnsSilent(Unavailable):
    about = "host"
    message = N_("DNS does not answer for %(host)s. Nothing was changed; try again in a minute.")


class HostTaken(Conflict):
    about = "host"
    message = N_("Another workspace has this host name already.")


def alias_target() -> str:
    """Return what a host name of the present workspace's own must be an alias of: its name under ours."""
    return f"{queries.current_workspace().slug}.{settings().base_host}"


def offered() -> bool:
    """Whether the operator offers it: whatever ends TLS must then get a certificate for each name."""
    return bool(settings().custom_hosts)


def use_host(text: str) -> str:
    """Have the present workspace answer for a host name, and all its addresses begin with it; returns the name.

    DNS is asked with no transaction open; the unit of work is this function's own.

    Raises:
        NotFound: the operator offers no names of one's own.
        NotAHost, NoAlias, AnotherAlias, DnsSilent, HostTaken: as they say.
    """
    if not offered():
        raise NotFound
    host = host_name(text)
    with unit.unit_of_work():
        target = alias_target()
    _see_alias(host, target)
    with unit.unit_of_work():
        _store(host)
    return host


def host_name(text: str) -> str:
    """Return a host name as DNS has it (A-labels), however it was pasted.

    Raises:
        NotAHost: it is none, or one of ours, or has no domain above it that could be somebody's.
    """
    bare = re.sub(r"^https?://", "", text.strip().lower()).partition("/")[0].rstrip(".")
    try:
        name = idna.encode(bare, uts46=True).decode()
    except idna.IDNAError as error:
        raise NotAHost from error
    labels, ours = name.split("."), settings().base_host
    if len(name) > LONGEST or len(labels) < 3 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise NotAHost
    if f".{name}".endswith(f".{ours}"):
        raise NotAHost
    return name


def _see_alias(host: str, target: str) -> None:
    try:
        records = ask(make_resolver(settings().dns_resolvers), host, "CNAME")
    except NoAnswerYet as error:
        raise DnsSilent(host=host) from error
    found = [str(record.target).rstrip(".").lower() for record in records]
    if not found:
        raise NoAlias(host=host, target=target)
    if target not in found:
        raise AnotherAlias(host=host, target=target, found=", ".join(found))


def _store(host: str | None) -> None:
    change = sa.update(Tenant).where(Tenant.id == current_tenant_id())
    try:
        with db.session.begin_nested():
            db.session.execute(change.values(custom_host=host, version=Tenant.version + 1))
    except IntegrityError as error:
        raise HostTaken from error


def leave_host() -> None:
    """Have the present workspace answer only for its name under ours again."""
    _store(None)


def is_in_use(host: str) -> bool:
    """Tell whether a workspace answers for a host name of its own. Control plane; any visitor can see it."""
    return queries.workspace_by_host(None, host) is not None
