"""How the audience grew and shrank: the kept counts against the subscriptions and their past, recounted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.lists import churn, preferences, service
from app.lists.churn import Span, Way
from app.lists.models import Contact, ContactList, Departure, ListMove, Subscription, SubscriptionPast
from app.lists.states import LeaveReason, SubscriptionState
from app.reports import growth
from app.reports.statistics import Unit
from app.tracking.models import Event
from tests.reports.sample import mailing
from tests.support.mailings import make_list, people
from tests.support.workspaces import Place

ZONE = "Asia/Seoul"
SEOUL = ZoneInfo(ZONE)


@pytest.fixture
def moved(workspace: Place) -> int:
    """A list that people came to and left in every way, and one that came back."""
    list_id = make_list(workspace, people(12))
    make_list(workspace, people(3, "other.example"), code="other")
    with workspace.inside():
        ids = list(db.session.scalars(sa.select(Subscription.contact_id).where(Subscription.list_id == list_id)))
        for contact_id, source in zip(ids, ("one_click", "link", "preferences", "member", "import"), strict=False):
            service.unsubscribe_contact(contact_id, [list_id], source=source)
        service.move_subscriptions([ids[5], ids[6]], SubscriptionState.COMPLAINED, by="complaint")
        service.suppress_bounced([ids[7]])
        service.delete_contacts([ids[8]])
        service.take_back_unsubscribe(ids[1], [list_id])
    return list_id


def span(list_id: int = 0) -> Span:
    today = clock.now().astimezone(SEOUL).date()
    return Span(today - timedelta(days=1), today + timedelta(days=1), ZONE, list_id)


def ways(moves: Iterable[churn.Move]) -> dict[Way | None, int]:
    found: Counter[Way | None] = Counter()
    for move in moves:
        found[move.way] += move.people
    return dict(found)


def test_everyone_who_came_or_went_is_counted_by_how(workspace: Place, moved: int) -> None:
    with workspace.inside():
        found = ways(churn.moves(span(moved)))
        left = {Way.ONE_CLICK: 1, Way.LINK: 1, Way.PREFERENCES: 1, Way.US: 2, Way.COMPLAINED: 2, Way.BOUNCED: 1}
        assert found == {None: 13, **left, Way.REMOVED: 1}
        assert ways(churn.moves(span())) == {**found, None: 16}


def test_the_counts_are_those_of_the_subscriptions_and_their_past(workspace: Place, moved: int) -> None:
    """Each subscription's life, from what it said and says: those of the removed are gone with them."""
    with workspace.inside():
        lives: dict[tuple[int, int], list[Any]] = {}
        for model in (SubscriptionPast, Subscription):
            for row in db.session.scalars(sa.select(model).order_by(model.changed_at)):
                lives.setdefault((row.list_id, row.contact_id), []).append(row)
        counted: Counter[str] = Counter()
        for life in lives.values():
            was = False
            for row in life:
                now = row.state == "subscribed"
                word = "joined" if now else row.changed_by if row.state == "unsubscribed" else row.state
                counted[word] += now != was
                was = now
        kept = Counter({way: n for way, n in db.session.execute(  # noqa: C416
            sa.select(ListMove.way, sa.func.sum(ListMove.people)).group_by(ListMove.way)).all()})  # fmt: skip
    assert kept - counted == Counter(joined=1, removed=1)
    assert not (counted - kept)


def test_what_came_minus_what_went_is_what_is_there(workspace: Place, moved: int) -> None:
    with workspace.inside():
        for each in db.session.scalars(sa.select(ContactList)):
            found = ways(churn.moves(span(each.id)))
            assert found.pop(None) - sum(found.values()) == each.subscribed == churn.subscribed(each.id)
        assert churn.subscribed() == 7


def test_a_thing_that_happens_twice_counts_once(workspace: Place, moved: int) -> None:
    with workspace.inside():
        before = ways(churn.moves(span()))
        db.session.execute(sa.update(Subscription).values(consent="asked again"))
        db.session.execute(sa.update(Subscription).where(Subscription.state != "subscribed").values(state="bounced"))
        assert ways(churn.moves(span())) == before


@pytest.mark.parametrize("way", [None, *Way])
def test_the_people_behind_a_number_are_as_many(way: Way | None, workspace: Place, moved: int) -> None:
    with workspace.inside():
        expected = ways(churn.moves(span(moved))).get(way, 0)
        movers = churn.movers(span(moved), way)
    gone = {None: 1, Way.REMOVED: 1}.get(way, 0)
    assert len(movers) == expected - gone


def test_periods_end_with_how_many_there_were(workspace: Place, moved: int) -> None:
    long_ago = datetime(2026, 1, 31, 20, tzinfo=UTC)
    with workspace.inside():
        db.session.execute(sa.delete(ListMove))
        db.session.add_all([
            ListMove(list_id=moved, hour=long_ago, way="joined", people=18),
            ListMove(list_id=moved, hour=long_ago + timedelta(days=40), way="one_click", people=14),
        ])  # fmt: skip
        db.session.flush()
        today = date(2026, 3, 31)
        found = growth.periods(Unit.MONTH, growth.span_of(Unit.MONTH, today, ZONE, moved), today=today)
    assert len(found) == 12
    numbers = [(p.first.month, p.joined, p.gone, p.subscribed) for p in found[-4:]]
    assert numbers == [(12, 0, 0, 0), (1, 0, 0, 0), (2, 18, 0, 18), (3, 0, 14, 4)]


def test_earlier_periods_are_counted_back_from_now(workspace: Place, moved: int) -> None:
    today = clock.now().astimezone(SEOUL).date()
    with workspace.inside():
        before = growth.span_of(Unit.DAY, today - timedelta(days=40), ZONE)
        assert {period.subscribed for period in growth.periods(Unit.DAY, before, today=today)} == {0}


def test_cohorts_are_those_of_the_raw_events(workspace: Place) -> None:
    mailing_id = mailing(workspace)
    now = clock.now()
    joined = [datetime(now.year - (now.month < 3), (now.month - 3) % 12 + 1, 2, tzinfo=UTC), now - timedelta(minutes=1)]
    with workspace.inside():
        contacts = list(db.session.scalars(sa.select(Contact).order_by(Contact.id)))
        for number, contact in enumerate(contacts):
            contact.created_at = joined[number % 2]
        db.session.flush()
        last = now.astimezone(SEOUL).date()
        found = churn.cohorts(growth.span_of(Unit.MONTH, last, ZONE).first, last, ZONE)
        rows = db.session.execute(
            sa.text("SELECT DISTINCT d.contact_id FROM events e JOIN deliveries d USING (tenant_id, mailing_id, seq)"
                    " WHERE e.mailing_id = :m AND e.human AND e.kind IN ('open', 'view', 'click')"), {"m": mailing_id}
        )  # fmt: skip
        awake = {row.contact_id for row in rows}
        events = list(db.session.scalars(sa.select(Event.at).where(Event.human)))
        for cohort, parity in zip(found, (0, 1), strict=True):
            them = [contact for number, contact in enumerate(contacts) if number % 2 == parity]
            assert cohort.people == len(them) == 6
            assert sum(cohort.active) == len([contact for contact in them if contact.id in awake])
        opened = {at.astimezone(SEOUL).date().replace(day=1) for at in events}
    month = churn.months(found[0].month, last)
    assert [bool(n) for n in found[0].active] == [each in opened for each in month]
    assert len(found[0].active) == len(month)


def test_the_page_shows_growth_ways_and_reasons_with_the_words(
    client: FlaskClient, workspace: Place, moved: int
) -> None:
    with workspace.inside():
        gone = db.session.scalars(sa.select(Subscription.contact_id).where(Subscription.state == "unsubscribed")).all()
        for contact_id in gone[:3]:
            preferences.note_departure(contact_id, LeaveReason.TOO_MANY, note="three a day")
        preferences.note_departure(gone[3], LeaveReason.OTHER, note="")
        counts = Counter(db.session.scalars(sa.select(Departure.reason)))
        assert churn.reasons(span()) == {"too_many": 3, "other": 1} == dict(counts)
    page = client.get("/statistics/audience").text
    for words in ("16 joined, 9 left", "Most left by:", "Too many mails", "three a day", "Taken off by us"):
        assert words in page, words
    assert "16" in client.get("/statistics/audience?by=day&as=csv").text
    assert client.get("/statistics/audience?as=xlsx").data.startswith(b"PK")
    day = clock.now().astimezone(SEOUL).date().isoformat()
    leavers = client.get(f"/statistics/audience/people?first={day}&last={day}&way=complained").text
    assert leavers.count("/people/") == 2


@pytest.mark.parametrize("query", ["way=nobody&first=2026-01-01&last=2026-01-01", "first=x&last=y", ""])
def test_what_is_no_question_is_not_found(client: FlaskClient, query: str) -> None:
    assert client.get(f"/statistics/audience/people?{query}").status_code == 404


def test_another_workspace_sees_nothing(other_client: FlaskClient, other_workspace: Place, moved: int) -> None:
    with other_workspace.inside():
        assert churn.moves(span()) == []
        assert churn.movers(span(), None) == []
        assert churn.subscribed() == 0
    assert other_client.get(f"/statistics/audience?list={moved}").status_code == 404
    assert "Nobody joined or left in this time" in other_client.get("/statistics/audience").text
