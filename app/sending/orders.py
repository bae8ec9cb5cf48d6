"""What sending is asked for: content, audience and time, and besides them variants, a pace, the readers' own clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.lists.recipients import Audience
from app.sending.terms import Lane, Measure


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that goes with a mailing, as it was then: `name` is what readers see, `stored` its name in the store.

    A `linked` one is not in the mail: its words lead to it.
    """

    name: str
    content_type: str
    size: int
    digest: str
    stored: str
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Other words of a mailing; `conditions` decide about the blocks of `html` that carry their numbers."""

    subject: str
    html: str
    text_part: str = ""
    conditions: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Carried] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """Variants to try besides the mailing's own content, on `share` percent of its people, decided after `hours`."""

    share: int
    measure: Measure
    hours: int
    variants: Sequence[Variant]


@dataclass(frozen=True, slots=True)
class Pace:
    """How a mailing is spread: over so many hours, or at most so many mails in an hour. One of them, or neither."""

    spread_hours: int | None = None
    per_hour: int | None = None


AT_ONCE = Pace()
PARTS = frozenset({"pace", "own_clocks", "trial"})


@dataclass(frozen=True, slots=True)
class OwnClocks:
    """Each person gets it when the clocks of the zone named in this field of theirs show this time."""

    zone_field: str
    wall_time: datetime


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Frozen content, audience and time of a mailing. `planned_at` is aware; a time that is past means now."""

    mailing_id: int
    kind: str
    lane: Lane
    subject: str
    sender_name: str
    sender_address: str
    reply_to: str
    html: str
    audience: Audience
    report_to: Sequence[str]
    author_id: int | None
    planned_at: datetime
    text_part: str = ""
    conditions: Sequence[Mapping[str, Any]] = ()
    attachments: Sequence[Carried] = ()
    undo_until: datetime | None = None
    pace: Pace = AT_ONCE
    own_clocks: OwnClocks | None = None
    trial: Trial | None = None
    tracking_days: int | None = None
