"""Mailings that are held until something changes go by themselves when it has: room in the quota, a bill, the brake."""

from __future__ import annotations

import sqlalchemy as sa

from app.billing import queries as billing
from app.conduct import queries as conduct
from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.lists import queries as lists
from app.sending import queries, service
from app.sending.models import Launch
from app.sending.terms import HeldReason, LaunchState
from app.tenants.queries import current_workspace

PASSING = (HeldReason.QUOTA, HeldReason.PAYMENT, HeldReason.BRAKE)


def release_held() -> None:
    """Let the present workspace's mailings go that need wait no longer, the one planned first before others."""
    held = [launch for launch in queries.open_launches() if launch.state == LaunchState.HELD]
    if not current_workspace().read_only:
        _release(held, HeldReason.PAYMENT)
    if not conduct.is_braked():
        _release(held, HeldReason.BRAKE)
    _release_what_fits([launch for launch in held if launch.held_reason == HeldReason.QUOTA])


def _release(held: list[Launch], reason: HeldReason) -> None:
    for launch in held:
        if launch.held_reason == reason:
            service.release_held(launch.mailing_id)


def _release_what_fits(held: list[Launch]) -> None:
    room = billing.room(clock.now()) if held else None
    for launch in held:
        people = lists.audience_count(queries.audience_of(launch)).total
        if room is None or people <= room:
            room = None if room is None else room - people
            service.release_held(launch.mailing_id)


def waiting_workspaces() -> list[int]:
    """Return the workspaces that have such mailings. Control plane. Plan: index of open launches."""
    held = sa.select(Launch.tenant_id).where(Launch.state == LaunchState.HELD, Launch.held_reason.in_(PASSING))
    with control_plane():
        return list(db.session.scalars(held.distinct()))
