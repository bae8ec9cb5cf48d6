"""A year of the demonstration newspaper: a million events and more, lived through day by day.

Readers come and go, mailings are launched, answered and read by the functions that serve real ones, with the clock of
each put back to its day. The same every time but for the dates. `bin/demo-reset --year` runs it.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from app import demo
from app.core import clock, queue
from app.core.db import db
from app.core.tenancy import tenant_scope
from app.core.unit import unit_of_work
from app.demo import content, past, readers
from app.demo.content import page
from app.demo.past import Edition
from app.demo.readers import Reader, reader
from app.factory import create_site_app
from app.lists import service as lists
from app.lists.models import ContactList, Field
from app.reports import service as reports
from app.sending import feeding, queries, service
from app.sending.ledger import Answer, SliceRow
from app.sending.states import must_move
from app.sending.terms import DeliveryState, Lane, LaunchState
from app.tracking import service as tracking
from app.tracking.stream import TrackEvent
from config.settings import Settings

DAYS = 365
FIRST_READERS, LAST_READERS = 1_500, 3_100
EVENTS_AT_ONCE = 5_000
LEAVES = 0.0005
TRAITS = (("region", "지역", "text"), ("grade", "등급", "text"), ("birthday", "생일", "birthday"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How long the year is and how many readers it begins and ends with."""

    days: int = DAYS
    first_readers: int = FIRST_READERS
    last_readers: int = LAST_READERS


@dataclass
class Lived:
    """What came of it."""

    mailings: int = 0
    mails: int = 0
    events: int = 0


def seed_year(settings: Settings, scale: Scale = Scale(), say: Callable[[str], None] = print) -> Lived:
    """Make the demonstration's workspace anew, with its year; say how it goes on."""
    lived, began = Lived(), time.monotonic()
    with create_site_app(settings).app_context():
        demo.remove()
        tenant_id, member_id = demo.workspace()
        newspaper = _Newspaper(tenant_id, member_id, clock.now(), scale)
        with tenant_scope(tenant_id):
            newspaper.open()
            for days_ago in range(scale.days, -2, -1):
                newspaper.live(days_ago, lived)
                if days_ago % 30 == 0:
                    say(f"{days_ago} days to go: {lived.mails:,} mails, {lived.events:,} events")
            newspaper.close()
    seconds = time.monotonic() - began
    say(f"{lived.mailings:,} mailings, {lived.mails:,} mails and {lived.events:,} events in {seconds:.0f} s")
    return lived


class _Newspaper:
    """The workspace while its year goes by; each day and each mailing is a transaction."""

    def __init__(self, tenant_id: int, member_id: int, now: datetime, scale: Scale) -> None:
        self._tenant_id, self._member_id, self._now, self._scale = tenant_id, member_id, now, scale
        self._chance = random.Random(2001)  # noqa: S311 - the same past every time
        self._readers = 0
        self._lists: list[int] = []

    def open(self) -> None:
        with unit_of_work():
            made = [
                ContactList(code="morning", title="아침판 독자", description="매일 아침 여섯 시에 받는 독자"),
                ContactList(code="evening", title="저녁판 독자", description="하루를 정리하는 저녁 소식"),
            ]
            db.session.add_all([*made, *(Field(key=k, title=title, kind=kind) for k, title, kind in TRAITS)])
            db.session.flush()
            self._lists = [each.id for each in made]

    def live(self, days_ago: int, lived: Lived) -> None:
        """Let new readers sign up in the night, then send and read the day's editions."""
        day = self._now.astimezone(demo.ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        day -= timedelta(days=days_ago)
        gone = 1 - max(0, days_ago) / self._scale.days
        wanted = self._scale.first_readers + (self._scale.last_readers - self._scale.first_readers) * gone**1.3
        with unit_of_work():
            self._sign_up(int(wanted), day)
        for edition in _editions(day, days_ago, self._lists, self._chance):
            with unit_of_work():
                self._publish(edition, lived)
                # What happened in the past has been reported in the past.
                queue.discard()
        with unit_of_work():
            self._note_growth(day.date())

    def close(self) -> None:
        with unit_of_work():
            demo.read_all_but_the_newest(self._member_id)
            demo.usage()
            queue.discard()

    def _sign_up(self, wanted: int, day: datetime) -> None:
        numbers = range(self._readers + 1, max(self._readers, wanted) + 1)
        if not numbers:
            return
        rows = [
            {"address": readers.address(n), "name": f"독자 {n}", "fields": json.dumps(readers.fields(n, day.date())),
             "at": day + timedelta(minutes=self._chance.randrange(300))}
            for n in numbers
        ]  # fmt: skip
        db.session.execute(_CONTACT, rows)
        db.session.execute(_SUBSCRIBE, {"list": self._lists[0], "first": day, "every": 1})
        db.session.execute(_SUBSCRIBE, {"list": self._lists[1], "first": day, "every": 3})
        self._readers = numbers[-1]

    def _publish(self, edition: Edition, lived: Lived) -> None:
        mailing_id = past.write(edition, author_id=self._member_id, sender_address=demo.SENDER)
        past.schedule(mailing_id, edition, author_id=self._member_id, sender_address=demo.SENDER)
        if edition.at >= self._now:
            return
        must_move(mailing_id, LaunchState.LAUNCHING, started_at=edition.at)
        service.launch_mailing(mailing_id)
        launch = queries.launch(mailing_id)
        assert launch is not None
        rows = feeding.advance(mailing_id, 0, launch.total) or []
        got = self._deliver(mailing_id, edition, rows)
        events = list(_events(self._tenant_id, mailing_id, edition, got, self._chance))
        kept = [event for event in events if event.at < self._now.timestamp()]
        for first in range(0, len(kept), EVENTS_AT_ONCE):
            lived.events += tracking.record_events(kept[first : first + EVENTS_AT_ONCE])
        self._let_leave({event.seq: event.at for event in kept if event.kind == "unsubscribe"}, rows, edition)
        lived.mailings, lived.mails = lived.mailings + 1, lived.mails + len(rows)

    def _deliver(self, mailing_id: int, edition: Edition, rows: Sequence[SliceRow]) -> list[SliceRow]:
        answers = [_answer(row, edition, self._chance) for row in rows]
        put_off = [_put_off(answer, edition) for answer in answers if answer.attempt > 1]
        service.record_answers(mailing_id, put_off)
        moves = service.record_answers(mailing_id, answers)
        reports.count_day(edition.at.astimezone(demo.ZONE).date(), moves.accepted, moves.bounced)
        past.backdate(mailing_id, edition, max(answer.at for answer in answers))
        taken = {answer.seq for answer in answers if answer.state is DeliveryState.ACCEPTED}
        return [row for row in rows if row.seq in taken]

    def _let_leave(self, leavers: dict[int, float], rows: Sequence[SliceRow], edition: Edition) -> None:
        for row in rows:
            if row.seq in leavers:
                lists.unsubscribe_contact(row.contact_id, edition.list_ids, source="link")
                at = datetime.fromtimestamp(leavers[row.seq], UTC)
                db.session.execute(_LEFT, {"contact": row.contact_id, "lists": list(edition.list_ids), "at": at})

    def _note_growth(self, day: date) -> None:
        db.session.execute(_GROWTH, {"day": min(day, self._now.date())})


_CONTACT = sa.text(
    "INSERT INTO contacts (address, address_key, name, fields, created_at)"
    " VALUES (:address, :address, :name, CAST(:fields AS jsonb), :at)"
)
_SUBSCRIBE = sa.text(
    "INSERT INTO subscriptions (list_id, contact_id, state, source, consent, created_at, changed_at)"
    " SELECT :list, c.id, 'subscribed', 'demo', '구독 신청서에서 동의', c.created_at, c.created_at FROM contacts c"
    " WHERE c.created_at >= :first AND (c.id % :every <> 0 OR :every = 1)"
)
_LEFT = sa.text(
    "UPDATE subscriptions SET changed_at = :at"
    " WHERE contact_id = :contact AND list_id = ANY(:lists) AND state = 'unsubscribed'"
)
_GROWTH = sa.text(
    "INSERT INTO list_days (list_id, day, subscribed) SELECT id, :day, subscribed FROM lists"
    " ON CONFLICT (tenant_id, list_id, day) DO UPDATE SET subscribed = excluded.subscribed"
)


def _editions(day: datetime, days_ago: int, lists: Sequence[int], chance: random.Random) -> list[Edition]:
    """A morning edition each day, an evening one every other, a letter of thanks a month, and sometimes breaking news."""
    weekend = day.weekday() >= 5
    season = 1 + 0.12 * math.sin(day.timetuple().tm_yday / 365 * 2 * math.pi)
    rate = season * (0.85 if weekend else 1.0)
    made = [_edition("아침판", content.MORNING, day.replace(hour=6), lists[:1], rate=rate, chance=chance)]
    if days_ago % 2 == 0:
        made.append(
            _edition("저녁판", content.EVENING, day.replace(hour=18), lists[1:], rate=rate * 1.1, chance=chance)
        )
    if day.day == 1:
        notice = Edition("이달의 인사", page("알림", content.NOTICE), "notice", lists[:1], day.replace(hour=10), rate)
        made.append(notice)
    if chance.random() < 0.03:
        title = f"[속보] {content.BREAKING[0].headline}"
        at = day.replace(hour=9 + chance.randrange(11), minute=chance.randrange(60))
        breaking = page("속보", content.BREAKING)
        made.append(Edition(title, breaking, "breaking", list(lists), at, rate * 1.5, 0.3, Lane.BREAKING))
    return sorted(made, key=lambda edition: edition.at)


def _edition(
    name: str,
    stories: Sequence[content.Story],
    at: datetime,
    lists: Sequence[int],
    *,
    rate: float,
    chance: random.Random,
) -> Edition:
    told = chance.sample(list(stories), 3)
    return Edition(f"[{name}] {told[0].headline}", page(name, told), "newsletter", list(lists), at, rate, 0.27)


def _answer(row: SliceRow, edition: Edition, chance: random.Random) -> Answer:
    domain = row.address.partition("@")[2]
    slow = chance.random() < readers.SLOW_DOMAINS.get(domain, 0.01)
    wait = 600 + chance.expovariate(1 / 1800) if slow else 2 + row.seq * 0.004 + chance.expovariate(1 / 8)
    at, attempt, host = edition.at + timedelta(seconds=wait), 2 if slow else 1, f"mx.{domain}"
    if reader(row.address).dead or chance.random() < 0.004:
        bounce, code, reply = past.BOUNCES[0] if reader(row.address).dead else chance.choice(past.BOUNCES[1:])
        hard = bounce == "user_unknown"
        return Answer(row.seq, DeliveryState.BOUNCED, at, attempt, code, bounce, reply, host, hard=hard)
    return Answer(row.seq, DeliveryState.ACCEPTED, at, attempt, 250, "", "2.0.0 Ok: queued", host, "TLSv1.3")


def _put_off(answer: Answer, edition: Edition) -> Answer:
    reply = "4.7.0 Too many messages from your address, try again later"
    return answer._replace(
        state=DeliveryState.DEFERRED, at=edition.at + timedelta(seconds=5), attempt=1, code=421, bounce="", reply=reply
    )


def _events(
    tenant_id: int, mailing_id: int, edition: Edition, got: Sequence[SliceRow], chance: random.Random
) -> Iterator[TrackEvent]:
    """Yield what each reader, and the machine of some, does with a mailing; `open_rate` scales all readers' keenness."""
    links = [link.number for link in queries.links(mailing_id)]
    for row in got:
        who = reader(row.address)
        event = _Pen(tenant_id, mailing_id, row.seq, who)
        if who.guarded:
            yield event.write(
                "open", edition.at + timedelta(seconds=30 + chance.random() * 60), machine="apple_privacy"
            )
        if chance.random() > who.keen * edition.open_rate:
            continue
        at = edition.at + timedelta(minutes=1 + min(60 * 72, who.late * chance.expovariate(1 / 140)))
        yield event.write("open", at)
        while chance.random() < 0.42:
            at += timedelta(minutes=5 + chance.expovariate(1 / 240))
            yield event.write("open", at)
        clicked = chance.random() < edition.click_rate
        while clicked and links:
            at += timedelta(seconds=15 + chance.random() * 60)
            yield event.write("click", at, link=links[min(int(chance.expovariate(0.7)), len(links) - 1)])
            clicked = chance.random() < 0.25
        if chance.random() < LEAVES / who.keen:
            yield event.write("unsubscribe", at + timedelta(minutes=1), how="link")


class _Pen:
    """Writes the events of one reader of one mailing, each under a key of its own."""

    def __init__(self, tenant_id: int, mailing_id: int, seq: int, who: Reader) -> None:
        self._place, self._who, self._count = (tenant_id, mailing_id, seq), who, 0

    def write(self, kind: str, at: datetime, *, link: int = 0, machine: str = "", how: str = "") -> TrackEvent:
        self._count += 1
        tenant_id, mailing_id, seq = self._place
        return TrackEvent(
            tenant_id=tenant_id, mailing_id=mailing_id, seq=seq, kind=kind, at=at.timestamp(),
            key=f"year-{mailing_id}-{seq}-{self._count}", link=link, human=not machine, reason=machine or how,
            user_agent="Mozilla/5.0" if machine else self._who.agent, network="192.0.2.0/24",
            language="" if machine else self._who.language,
        )  # fmt: skip
