"""Who a mail is from, given which domains are verified."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.site import settings
from app.domains import queries
from app.domains.names import display, domain_of
from app.domains.records import shared_domain
from app.tenants.queries import Workspace


@dataclass(frozen=True, slots=True)
class Sender:
    """What a mail's From and Reply-To say; `reply_to` empty where answers go to the address itself."""

    name: str
    address: str
    reply_to: str = ""


def sender_of(workspace: Workspace, wish: Sender) -> Sender:
    """Return whom a mail is really from.

    In production, mail in the name of a domain that is not verified leaves from the workspace's address at a
    name of ours instead, and answers still go where the author wanted them. Elsewhere it leaves as it was wished.
    """
    if settings().environment != "production" or not unverified_domain(workspace, wish.address):
        return wish
    return Sender(wish.name, shared_address(workspace), wish.reply_to or wish.address)


def shared_address(workspace: Workspace) -> str:
    """Return the workspace's address at the name that we keep for those without a domain."""
    return f"{workspace.slug}@{shared_domain(settings().mail_domain)}"


def unverified_domain(workspace: Workspace, address: str) -> str:
    """Return the domain of an address, in its owner's letters, if it is not verified here; else nothing."""
    if not address or address == shared_address(workspace):
        return ""
    own = queries.domain_of_address(address)
    return "" if own is not None and own.verified else display(domain_of(address))
