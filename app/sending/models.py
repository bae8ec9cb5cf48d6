"""The ledger and what it is derived from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BulkTenantModel, Model, TenantModel
from app.sending.terms import Lane, LaunchState


def _of_launch() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "mailing_id"], ["launches.tenant_id", "launches.mailing_id"], ondelete="CASCADE"
    )


class Launch(TenantModel, Model):
    """A mailing on its way: frozen content, audience and time, and counts kept in the transaction of each change.

    So are the moments when the first was accepted, when half of all were, and when the last so far was.

    `text_part` is the author's own, if any; `conditions` decide about the blocks of `html` that carry their numbers.
    `attachments` are the files that go with it (`orders.Carried`).
    `audience` is who it goes to, its segments' rules frozen in it; `list_ids` are the lists of it, for reading.
    `fed_through` is the highest ledger number handed to the MTA; `total` the number of ledger rows. A mailing with
    `per_hour` is handed over at that rate, counted from the moment `paced_from`, when `paced_after` had been fed. With
    `zone_field` each person gets it when the clocks of their own zone (in that field) show `wall_time`. With
    `trial_share` some get the variants first, and at `decide_at` the rest get the `winner` (a content's number).
    Opens and clicks count for `tracking_days` from its start, without end where that is empty.

    `track_opens`, `track_clicks`, `track_reading`: whether they are counted, decided when it begins. When
    `people_forgotten_at`, its ledger was deleted and the counts stayed.
    """

    __tablename__ = "launches"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default=LaunchState.SCHEDULED.value)
    lane: Mapped[str] = mapped_column(server_default=Lane.NORMAL.value)
    kind: Mapped[str]
    subject: Mapped[str]
    sender_name: Mapped[str]
    sender_address: Mapped[str]
    reply_to: Mapped[str] = mapped_column(server_default="")
    html: Mapped[str]
    text_part: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    list_ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))
    audience: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    report_to: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    author_id: Mapped[int | None]
    planned_at: Mapped[datetime]
    requested_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    undo_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    first_accepted_at: Mapped[datetime | None]
    half_at: Mapped[datetime | None]
    last_accepted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    quota_month: Mapped[date | None]
    held_reason: Mapped[str] = mapped_column(server_default="")
    total: Mapped[int] = mapped_column(server_default="0")
    suppressed: Mapped[int] = mapped_column(server_default="0")
    slice_size: Mapped[int] = mapped_column(sa.Integer, server_default="500")
    per_hour: Mapped[int | None] = mapped_column(sa.Integer)
    spread_hours: Mapped[int | None] = mapped_column(sa.Integer)
    paced_from: Mapped[datetime | None]
    paced_after: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    zone_field: Mapped[str] = mapped_column(server_default="")
    wall_time: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=False))
    trial_share: Mapped[int | None] = mapped_column(sa.SmallInteger)
    trial_measure: Mapped[str] = mapped_column(server_default="")
    trial_hours: Mapped[int | None] = mapped_column(sa.SmallInteger)
    decide_at: Mapped[datetime | None]
    winner: Mapped[int | None] = mapped_column(sa.SmallInteger)
    tracking_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    track_opens: Mapped[bool] = mapped_column(server_default=sa.true())
    track_clicks: Mapped[bool] = mapped_column(server_default=sa.true())
    track_reading: Mapped[bool] = mapped_column(server_default=sa.false())
    people_forgotten_at: Mapped[datetime | None]
    fed_through: Mapped[int] = mapped_column(server_default="0")
    deferred: Mapped[int] = mapped_column(server_default="0")
    accepted: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")
    expired: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "mailing_id"], ["mailings.tenant_id", "mailings.id"], ondelete="CASCADE"),
        sa.Index("ix_launches_open", "planned_at", postgresql_where=sa.text("state NOT IN ('finished', 'cancelled')")),
    )


class Delivery(BulkTenantModel, Model):
    """One recipient of one mailing; it goes with its launch (a trigger). No index on `state`: updates stay heap-only,
    counts live in `launches`.
    """

    __tablename__ = "deliveries"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    contact_id: Mapped[int]
    address: Mapped[str]
    state: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    code: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    bounce: Mapped[str] = mapped_column(server_default="")
    reply: Mapped[str] = mapped_column(server_default="")
    host: Mapped[str] = mapped_column(server_default="")
    tls: Mapped[str] = mapped_column(server_default="")
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        # Of the person alone, who is of one tenant: an index that knows mailings too is walked through for a whole
        # mailing while the statistics do not know it yet.
        sa.Index("ix_deliveries_contact", "contact_id"),
        # A row doubles when it is answered, and whole pages are answered at once: with room for that on its page, no
        # index is touched.
        {"postgresql_with": {"fillfactor": "40"}},
    )


class Wave(TenantModel, Model):
    """A part of a launch's ledger, `after` < seq <= `through`: when it is fed (None: not decided yet) and with what.

    Waves lie end to end and are fed in their order. `content` 0 is the launch's own, others are `Content` rows.
    """

    __tablename__ = "launch_waves"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    after: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    through: Mapped[int] = mapped_column(sa.Integer)
    due_at: Mapped[datetime | None]
    content: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")

    __table_args__ = (_of_launch(),)


class Content(TenantModel, Model):
    """Another subject and body of a launch: a variant that is tried, or a version written while it runs.

    `first_link` is the number of its first link, so that each link of a mailing has a number of its own.
    """

    __tablename__ = "launch_contents"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    subject: Mapped[str]
    html: Mapped[str]
    text_part: Mapped[str] = mapped_column(server_default="")
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    first_link: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    author_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_launch(),)


class MailingLink(TenantModel, Model):
    """A link of a mailing, counted from 1 in the order of the mail. Clicks are sent only to these."""

    __tablename__ = "mailing_links"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    url: Mapped[str]
    label: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"], ["launches.tenant_id", "launches.mailing_id"], ondelete="CASCADE"
        ),
    )


class BounceCount(TenantModel, Model):
    """How many recipients of a mailing bounced, by class."""

    __tablename__ = "bounce_counts"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    bounce: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (_of_launch(),)


class MinuteCount(TenantModel, Model):
    """Final answers of a mailing by the minute (UTC) in which they were given."""

    __tablename__ = "minute_counts"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    accepted: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (_of_launch(),)


class DomainCount(TenantModel, Model):
    """Answers of a mailing by destination domain and by how long after its start they came (`terms.WAIT_BOUNDS`).

    `deferred` counts recipients that were put off at least once; `reply` is the last that did not accept.
    """

    __tablename__ = "domain_counts"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    wait: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    accepted: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")
    expired: Mapped[int] = mapped_column(server_default="0")
    deferred: Mapped[int] = mapped_column(server_default="0")
    reply: Mapped[str] = mapped_column(server_default="")
    replied_at: Mapped[datetime | None]

    __table_args__ = (_of_launch(),)
