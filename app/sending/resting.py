"""Bulk mail leaves out those who had some lately and want it less often; a notice and breaking news always come."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core import clock
from app.lists import preferences
from app.sending.models import Launch

RESTED_KINDS = ("newsletter", "advertising")


def rested(launch: Launch, audience: sa.Select[Any]) -> sa.Select[Any]:
    return preferences.rested(audience, now=clock.now()) if launch.kind in RESTED_KINDS else audience


def note_mailed(launch: Launch) -> None:
    """Once the ledger is written: from now on the people in it rest."""
    if launch.kind in RESTED_KINDS:
        preferences.note_mailed(launch.mailing_id, now=clock.now())
