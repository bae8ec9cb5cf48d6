"""Series: mailings that come again by the calendar, or on a date that is kept of each person (a birthday).

What makes one come is its trigger: `app.compose.triggers` is the registry, and the place for further ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from itertools import islice
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _

from app.compose import queries, service
from app.compose.checklist import checklist
from app.compose.digests import digest_of
from app.compose.models import Mailing, Series
from app.compose.recurrence import LeapDay, Rhythm, moments
from app.compose.times import local_time
from app.compose.triggers import trigger_of
from app.core import clock
from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.core.tenancy import control_plane, current_tenant_id
from app.lists.recipients import Audience
from app.sending import service as sending_service
from app.tenants.plans import Feature
from app.tenants.queries import current_workspace

SHOWN = 10
log = structlog.get_logger(__name__)


class Kept(Protocol):
    """A series as forms read it."""

    rule: Any
    field_key: Any
    offset: Any
    leap_day: Any
    at_time: Any
    starts_on: Any
    ends_on: Any
    skipped: Any
    report_to: Any


class NeverComes(Invalid):
    message = N_("With this rule it would never come. Choose other days, or a later end.")


@dataclass(frozen=True, slots=True)
class OnDate:
    """Whose turn it is: those whose date in a field was `offset` days before (after, where it is negative)."""

    field_key: str
    offset: int = 0
    leap_day: LeapDay = LeapDay.BEFORE


def of_mailing(mailing_id: int) -> Series | None:
    return db.session.scalar(
        sa.select(Series).where(Series.tenant_id == current_tenant_id(), Series.mailing_id == mailing_id)
    )


def all_series() -> Sequence[tuple[Series, Mailing]]:
    """Return the series of the workspace with their patterns, the next to come first."""
    same = sa.and_(Mailing.tenant_id == Series.tenant_id, Mailing.id == Series.mailing_id)
    query = sa.select(Series, Mailing).join(Mailing, same).where(Series.tenant_id == current_tenant_id())
    rows = db.session.execute(query.order_by(Series.active.desc(), Series.next_at.nulls_last(), Series.id))
    return [(row[0], row[1]) for row in rows]


def rhythm_of(series: Series) -> Rhythm:
    return Rhythm(series.rule, series.at_time, series.starts_on, series.ends_on, frozenset(series.skipped))


def next_moments(rhythm: Rhythm, now: datetime, count: int = SHOWN) -> list[datetime]:
    """Return the next times (aware) of a rhythm."""
    zone = current_workspace().timezone
    return list(islice(moments(rhythm, local_time(now, zone), zone), count))


def keep(mailing: Mailing, rhythm: Rhythm, on_date: OnDate | None, *, report_to: str, author_id: int) -> Series:
    """Make a mailing come again, or change when it does; it goes on if it rested.

    Raises:
        NeverComes: no day fits the rule.
        NotInPlan: the workspace's plan has no mailings that come again.
    """
    first = see_that_comes(rhythm, clock.now())
    series = of_mailing(mailing.id)
    if series is None:
        series = Series(mailing_id=mailing.id)
        db.session.add(series)
    series.rule, series.at_time = rhythm.rule, rhythm.at_time
    series.starts_on, series.ends_on, series.skipped = rhythm.starts_on, rhythm.ends_on, sorted(rhythm.skipped)
    series.field_key, series.offset = (on_date.field_key, on_date.offset) if on_date else ("", 0)
    series.leap_day = on_date.leap_day if on_date else LeapDay.BEFORE
    series.active, series.next_at, series.problem = True, first, ""
    series.report_to, series.author_id = report_to, author_id
    db.session.flush()
    return series


def see_that_comes(rhythm: Rhythm, now: datetime) -> datetime:
    """Return when it would come first. Raises as `keep`."""
    current_workspace().plan.must_have(Feature.SERIES)
    coming = next_moments(rhythm, now, 1)
    if not coming:
        raise NeverComes
    return coming[0]


def rest(mailing_id: int) -> None:
    """Let a series rest; what it has scheduled already stays.

    Raises:
        NotFound: the mailing has no series.
    """
    series = of_mailing(mailing_id)
    if series is None:
        raise NotFound
    series.active, series.problem = False, ""
    db.session.flush()


def claim_due(count: int = 100) -> list[tuple[int, int]]:
    """(tenant, series) whose time has come. Control plane. Plan: the index of the next times."""
    due = sa.select(Series.tenant_id, Series.id).where(Series.active, Series.next_at <= sa.func.now())
    with control_plane():
        return [(row[0], row[1]) for row in db.session.execute(due.order_by(Series.next_at).limit(count))]


def begin_occurrence(series_id: int) -> int | None:
    """Schedule the copy that is due and set the next time, in one transaction; return its number, None for none.

    Where its trigger names nobody there is no mail. What is not ready makes the series rest, and its author is told.
    """
    mine = sa.select(Series).where(Series.tenant_id == current_tenant_id(), Series.id == series_id)
    series = db.session.scalar(mine.with_for_update())
    now = clock.now()
    if series is None or not series.active or series.next_at is None or series.next_at > now:
        return None
    at = series.next_at
    coming = next_moments(rhythm_of(series), now, 1)
    series.next_at, series.active = (coming[0], True) if coming else (None, False)
    pattern = queries.mailing(series.mailing_id)
    audience = trigger_of(series).audience(series, pattern, at)
    if audience is None:
        return None
    if series.digest and series.digest != digest_of(pattern):
        _stop(series, pattern, _("It was changed after it was approved."))
        return None
    missing = [check.text for check in checklist(pattern, service.facts_of(pattern, now=now)) if check.blocks]
    if missing:
        _stop(series, pattern, missing[0])
        return None
    return _schedule(series, pattern, audience, at)


def _schedule(series: Series, pattern: Mailing, audience: Audience, at: datetime) -> int:
    copy = service.duplicate_mailing(pattern, author_id=series.author_id)
    copy.subject, copy.series_id, copy.trial = pattern.subject, series.id, pattern.trial
    copy.report_to_author = bool(series.report_to)
    db.session.flush()
    order = service.order_of(copy, at, author_address=series.report_to)
    sending_service.schedule_launch(replace(order, audience=audience))
    return copy.id


def _stop(series: Series, pattern: Mailing, why: str) -> None:
    """Let the series rest and ask its author: a mail that lacks something is not sent, and not left out silently."""
    series.active, series.problem = False, why
    log.warning("series_rests", series=series.id, why=why)
    if series.report_to:
        subject = _("“%(subject)s” did not go out and rests", subject=pattern.subject)
        text = _("The mail that comes again could not go: %(why)s Put it right, then let it go on.", why=why)
        post_notice(
            NoticeMail(
                to=series.report_to,
                subject=subject,
                html=f"<p>{escape(text)}</p>",
                text=text,
                sender_name="messagepark",
                sender_address=settings().sender_address,
            )
        )
