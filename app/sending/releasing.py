"""Mailings that are held for want of room in the month's quota go by themselves as soon as there is room."""

from __future__ import annotations

import sqlalchemy as sa

from app.billing import queries as billing
from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.lists import queries as lists
from app.sending import queries, service
from app.sending.models import Launch
from app.sending.terms import HeldReason, LaunchState


def release_what_fits() -> None:
    """Let the present workspace's held mailings go that fit into what is left, the one planned first before others."""
    room = billing.room(clock.now())
    for launch in queries.open_launches():
        if launch.state != LaunchState.HELD or launch.held_reason != HeldReason.QUOTA:
            continue
        people = lists.audience_count(queries.audience_of(launch)).total
        if room is None or people <= room:
            room = None if room is None else room - people
            service.release_held(launch.mailing_id)


def waiting_workspaces() -> list[int]:
    """Return the workspaces that have such mailings. Control plane. Plan: index of open launches."""
    held = sa.select(Launch.tenant_id).where(Launch.state == LaunchState.HELD, Launch.held_reason == HeldReason.QUOTA)
    with control_plane():
        return list(db.session.scalars(held.distinct()))
