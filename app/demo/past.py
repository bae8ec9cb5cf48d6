"""A past for the demonstration: mailings that were sent, answered, opened and clicked, through the ledger's own rules."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.compose.models import Mailing
from app.core.db import db
from app.lists.recipients import Audience
from app.reports import service as reports
from app.sending import feeding, queries, service
from app.sending.ledger import Answer, SliceRow
from app.sending.models import MailingLink
from app.sending.orders import LaunchOrder
from app.sending.states import must_move
from app.sending.terms import DeliveryState, Lane, LaunchState
from app.tracking import service as tracking
from app.tracking.stream import TrackEvent

PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
BOUNCES = (
    ("user_unknown", 550, "5.1.1 The email account that you tried to reach does not exist"),
    ("mailbox_full", 552, "5.2.2 Mailbox full"),
    ("refused", 550, "5.7.1 Message refused by policy"),
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One mailing of the demonstration. `open_rate` and `click_rate` are shares of those who got it."""

    subject: str
    html: str
    kind: str
    list_ids: Sequence[int]
    at: datetime
    open_rate: float = 0.42
    click_rate: float = 0.11
    lane: Lane = Lane.NORMAL


def write(edition: Edition, *, author_id: int, sender_address: str) -> int:
    """Store the mailing as a draft; return its number."""
    mailing = Mailing(
        subject=edition.subject, html=edition.html, kind=edition.kind, sender_name="데일리 파크",
        sender_address=sender_address, list_ids=list(edition.list_ids), author_id=author_id,
    )  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    return mailing.id


def schedule(mailing_id: int, edition: Edition, *, author_id: int, sender_address: str) -> None:
    service.schedule_launch(
        LaunchOrder(
            mailing_id=mailing_id, kind=edition.kind, lane=edition.lane, subject=edition.subject,
            sender_name="데일리 파크", sender_address=sender_address, reply_to="", html=edition.html,
            audience=Audience.of_lists(edition.list_ids), report_to=[], author_id=author_id, planned_at=edition.at,
        )
    )  # fmt: skip


def live_through(mailing_id: int, edition: Edition, now: datetime, chance: random.Random) -> None:
    """Launch a scheduled mailing, let servers answer and readers read, and put it all back to when it was planned."""
    must_move(mailing_id, LaunchState.LAUNCHING, started_at=edition.at)
    service.launch_mailing(mailing_id)
    launch = queries.launch(mailing_id)
    assert launch is not None
    rows = feeding.advance(mailing_id, 0, launch.total) or []
    answers = [_answer(row, edition, chance) for row in rows]
    moves = service.record_answers(mailing_id, answers)
    reports.count_day(edition.at.astimezone(UTC).date(), moves.accepted, moves.bounced)
    backdate(mailing_id, edition, max(answer.at for answer in answers))
    got = [answer.seq for answer in answers if answer.state is DeliveryState.ACCEPTED]
    tracking.record_events(list(_events(mailing_id, edition, got, now, chance)))


def _answer(row: SliceRow, edition: Edition, chance: random.Random) -> Answer:
    at = edition.at + timedelta(seconds=2 + row.seq * 0.004 + chance.random())
    if chance.random() < 0.012:
        bounce, code, reply = chance.choice(BOUNCES)
        return Answer(row.seq, DeliveryState.BOUNCED, at, 1, code, bounce, reply, "mx.daily-park.example")
    return Answer(row.seq, DeliveryState.ACCEPTED, at, 1, 250, "", "2.0.0 Ok: queued", "mx.daily-park.example")


def backdate(mailing_id: int, edition: Edition, ended: datetime) -> None:
    """Put a mailing that was just lived through back to its time."""
    db.session.execute(
        sa.text(
            "UPDATE launches SET requested_at = :asked, planned_at = :at, started_at = :at, finished_at = :ended"
            " WHERE mailing_id = :mailing"
        ),
        {"asked": edition.at - timedelta(hours=3), "at": edition.at, "ended": ended, "mailing": mailing_id},
    )
    db.session.expire_all()


def _events(
    mailing_id: int, edition: Edition, got: Sequence[int], now: datetime, chance: random.Random
) -> Iterator[TrackEvent]:
    links = [link.number for link in queries.links(mailing_id)]
    tenant_id = _tenant_of(mailing_id)
    for seq in got:
        drawn = chance.random()
        if drawn > edition.open_rate:
            continue
        at = edition.at + timedelta(minutes=min(60 * 40, chance.expovariate(1 / 150)) + 1)
        agent = PHONE if chance.random() < 0.68 else DESK
        if at < now:
            yield _event(tenant_id, mailing_id, seq, kind="open", at=at, agent=agent)
        if drawn < edition.click_rate and links and at + timedelta(minutes=1) < now:
            clicked = at + timedelta(seconds=20 + chance.random() * 40)
            link = _favourite(links, chance)
            yield _event(tenant_id, mailing_id, seq, kind="click", at=clicked, agent=agent, link=link)


def _favourite(links: Sequence[int], chance: random.Random) -> int:
    """The first stories get most of the clicks."""
    return links[min(int(chance.expovariate(0.7)), len(links) - 1)]


def _event(
    tenant_id: int, mailing_id: int, seq: int, *, kind: str, at: datetime, agent: str, link: int = 0
) -> TrackEvent:
    return TrackEvent(
        tenant_id=tenant_id, mailing_id=mailing_id, seq=seq, kind=kind, at=at.timestamp(),
        key=f"demo-{mailing_id}-{seq}-{kind}-{link}", link=link, human=True, user_agent=agent, network="192.0.2.0/24",
    )  # fmt: skip


def _tenant_of(mailing_id: int) -> int:
    tenant_id = db.session.scalar(sa.select(MailingLink.tenant_id).where(MailingLink.mailing_id == mailing_id).limit(1))
    assert tenant_id is not None
    return tenant_id
