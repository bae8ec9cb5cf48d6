"""Whoever comes to the interface: by a key in the Authorization header, and by nothing else."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import current_app, g, request

from app.api import service
from app.api.service import Holder, KeyRefused
from app.core import clock
from app.core.actor import Actor, ActorKind, act_as, cut_address, device_words
from app.core.errors import N_
from app.core.limits import limit
from app.tenants.queries import current_workspace

MOST_A_MINUTE = 600
REFUSED_AN_HOUR = 100


class KeyMissing(KeyRefused):
    message = N_("Send a key of this workspace, as in “Authorization: Bearer mp_…”.")


def admit() -> None:
    """Let in who has a key.

    Raises:
        KeyRefused, WrongPlace: they have none that opens this door.
        RateLimited: the key was used too often, or this address came with wrong ones too often.
    """
    # RFC 6750: what a browser's cookie says of a person counts for nothing here, so no page can ask in their name.
    current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]
    place = request.remote_addr or ""
    try:
        holder = service.holder(_token(), place=place, today=clock.now().astimezone(_zone()).date())
    except KeyRefused:
        limit("api-refused", place, count=REFUSED_AN_HOUR, seconds=3600)
        raise
    limit("api-key", str(holder.id), count=MOST_A_MINUTE, seconds=60)
    g.api_key = holder
    device = device_words(request.user_agent.string)
    act_as(Actor(ActorKind.KEY, holder.id, holder.name, cut_address(place), device))


def _token() -> str:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise KeyMissing
    return given.token


def _zone() -> ZoneInfo:
    return ZoneInfo(current_workspace().timezone)


def current_key() -> Holder:
    """Return who asks."""
    found: Holder = g.api_key
    return found
