"""Times as people choose them: on the clock of the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.core.errors import N_, Invalid


class NoSuchTime(Invalid):
    message = N_("On that day the clocks change, and this time does not exist. Choose another one.")


def moment(local: datetime, zone: str) -> datetime:
    """Return the moment (aware, UTC) at which the clocks of `zone` show `local`; the first, if they show it twice.

    Raises:
        NoSuchTime: they never show it, because they are set forward over it.
    """
    aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    in_utc = aware.astimezone(UTC)
    if in_utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise NoSuchTime
    return in_utc


def local_time(at: datetime, zone: str) -> datetime:
    """Return what the clocks of `zone` show at a moment, to the minute, without a zone (as forms have it)."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0, microsecond=0)
