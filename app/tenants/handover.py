"""Who came back to the site from a provider, kept for a moment until the workspace asks: once, and the same browser."""

from __future__ import annotations

import secrets

import msgspec

from app.core import tokens
from app.core.redis import redis
from app.core.tenancy import current_tenant_id
from app.tenants.providers import Shown

SECONDS = 120


class _Kept(msgspec.Struct):
    tenant: int
    handshake: str
    shown: Shown


def hand_over(tenant_id: int, handshake: str, shown: Shown) -> str:
    """Keep who somebody is for a workspace and return the word that it asks with."""
    word = secrets.token_urlsafe(24)
    redis().set(_slot(word), msgspec.json.encode(_Kept(tenant_id, handshake, shown)), ex=SECONDS)
    return word


def take_over(word: str, handshake: str) -> Shown:
    """Return who was handed over to the present workspace, to the browser that was sent out with this handshake.

    Raises:
        BadToken: nobody, or it was asked before, or for another workspace or browser.
    """
    found = redis().getdel(_slot(word))
    if not isinstance(found, bytes):
        raise tokens.BadToken
    kept = msgspec.json.decode(found, type=_Kept)
    if kept.tenant != current_tenant_id() or not secrets.compare_digest(kept.handshake, handshake):
        raise tokens.BadToken
    return kept.shown


def _slot(word: str) -> str:
    return f"handover:{word}"
