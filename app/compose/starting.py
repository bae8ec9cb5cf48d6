"""How a mailing begins: what must be typed before, how long it can be taken back, where the time comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from app.compose.models import Mailing, MailingKind
from app.compose.times import local_time, moment
from app.core.errors import N_, Invalid
from app.core.site import settings
from app.sending.orders import LaunchOrder, OwnClocks
from app.tenants.queries import current_workspace

EARLIEST_ZONE = "Pacific/Kiritimati"


class NotTyped(Invalid):
    message = N_("Type the number of recipients, %(count)s, to send it. Nothing was sent yet.")


def must_be_typed(mailing: Mailing, people: int) -> bool:
    """Whether a mailing goes to so many that the workspace wants their number typed; breaking news never waits."""
    limit_of_typing = current_workspace().typed_over
    return limit_of_typing is not None and people > limit_of_typing and mailing.kind != MailingKind.BREAKING


def see_that_typed(mailing: Mailing, people: int, typed: str) -> None:
    """Go on only where the number of people was typed, if the workspace wants that.

    Raises:
        NotTyped: it does, and it was not.
    """
    if must_be_typed(mailing, people) and digits(typed) != str(people):
        raise NotTyped(count=f"{people:,}")


def digits(typed: str) -> str:
    """A number as it is meant, however it is written: ``1,204``, ``1 204``, ``１２０４``."""
    return "".join(str(int(each)) for each in typed if each.isdecimal())


def undo_seconds(mailing: Mailing) -> int:
    """How long "now" can be taken back before it begins; breaking news cannot."""
    return 0 if mailing.kind == MailingKind.BREAKING else settings().undo_seconds


def usual_time(at_time: time, now: datetime) -> datetime:
    """Return when the workspace's clock shows this hour next, as forms have it."""
    here = local_time(now, current_workspace().timezone)
    today = datetime.combine(here.date(), at_time)
    return today if today > here else today + timedelta(days=1)


def on_own_clocks(wanted: LaunchOrder, zone_field: str, now: datetime) -> LaunchOrder:
    """Let each reader's own clock count: it begins where the time comes first on Earth."""
    wall_time = local_time(wanted.planned_at, current_workspace().timezone)
    first = moment(wall_time, EARLIEST_ZONE)
    return replace(wanted, own_clocks=OwnClocks(zone_field, wall_time), planned_at=max(first, now))
