"""Summaries of weeks and months: to whoever wants them, once, in the morning of the workspace's own clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.reports import jobs, summaries, wishes
from app.reports.summaries import Span
from app.reports.wishes import Wishes
from app.sending.models import Delivery, Launch
from app.tenants.queries import members
from app.tracking.models import Event
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")
MONDAY = date(2026, 3, 2)
EIGHT = datetime(2026, 3, 9, 8, tzinfo=SEOUL)


def begun(place: Place, mailing_id: int, at: datetime) -> int:
    with place.inside():
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(started_at=at))
    return mailing_id


def owner(place: Place) -> int:
    with place.inside():
        return members()[0].id


def wish(place: Place, wanted: Wishes) -> int:
    member_id = owner(place)
    with place.inside():
        wishes.wish(member_id, wanted)
    return member_id


def due(place: Place, now: datetime) -> list[tuple[str, str]]:
    with place.dispatcher.site.app_context(), unit_of_work():
        return [(span, first) for tenant, _member, span, first in summaries.due(now) if tenant == place.id]


@pytest.fixture
def week(workspace: Place) -> Place:
    """Two mailings of one week, one of the week before, one of the Monday after."""
    begun(workspace, mailing(workspace, Fate(30, 28, 2, 14, 7)), datetime(2026, 3, 2, 0, 5, tzinfo=SEOUL))
    begun(workspace, mailing(workspace, Fate(30, 25, 5, 20, 5), code="b"), datetime(2026, 3, 8, 23, 55, tzinfo=SEOUL))
    begun(workspace, mailing(workspace, Fate(12, 12, 0, 1, 0), code="c"), datetime(2026, 3, 1, 23, 55, tzinfo=SEOUL))
    begun(workspace, mailing(workspace, Fate(9, 9, 0, 1, 0), code="d"), datetime(2026, 3, 9, 0, 5, tzinfo=SEOUL))
    return workspace


def test_the_numbers_of_a_week_are_those_of_the_ledger_and_the_events(week: Place) -> None:
    with week.inside():
        found = summaries.summary(Span.WEEK, MONDAY, "Asia/Seoul")
        ids = [report.mailing_id for report in found.reports]
        states = list(db.session.scalars(sa.select(Delivery.state).where(Delivery.mailing_id.in_(ids))))
        acts = sa.select(Event.mailing_id, Event.seq, Event.kind).where(Event.mailing_id.in_(ids), Event.human)
        events = {tuple(row) for row in db.session.execute(acts)}
    assert len(ids) == 2
    assert (found.accepted, found.bounced) == (states.count(2), states.count(3)) == (53, 7)
    assert found.opened == len({event[:2] for event in events}) == 34
    assert found.clicked == len({event[:2] for event in events if event[2] == "click"}) == 12
    assert found.accepted_before == 12
    assert [(day.day, day.accepted, day.bounced) for day in found.days if day.accepted] == [
        (MONDAY, 28, 2), (date(2026, 3, 8), 25, 5)
    ]  # fmt: skip
    assert [report.openers for report in found.best] == [20, 14]


def test_a_month_goes_from_its_first_day_to_its_last(week: Place) -> None:
    with week.inside():
        found = summaries.summary(Span.MONTH, date(2026, 3, 1), "Asia/Seoul")
    assert (len(found.reports), found.last, len(found.days)) == (4, date(2026, 3, 31), 31)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (EIGHT - timedelta(minutes=1), []),
        (EIGHT, [("week", "2026-03-02")]),
        (EIGHT + timedelta(days=1, hours=15), [("week", "2026-03-02")]),
        (EIGHT + timedelta(days=2), []),
        (datetime(2026, 4, 1, 8, tzinfo=SEOUL), [("month", "2026-03-01")]),
        (datetime(2026, 4, 1, 7, 59, tzinfo=SEOUL), []),
    ],
)
def test_it_is_due_from_eight_on_the_workspaces_clock(
    workspace: Place, now: datetime, expected: list[tuple[str, str]]
) -> None:
    wish(workspace, Wishes(weekly=True, monthly=True))
    assert due(workspace, now) == expected


def test_it_is_mailed_once_with_a_picture_and_the_best_mailings(week: Place) -> None:
    member_id = wish(week, Wishes(weekly=True))
    for _twice in range(2):
        with week.inside():
            jobs.post_summary(member_id, "week", "2026-03-02")
    with week.inside():
        (mail,) = db.session.scalars(sa.select(Notice).where(Notice.subject.contains("Week from")))
        assert mail.subject == "Week from 2 Mar to 8 Mar: 53 mails arrived, 64.2% were opened"
        assert "341.7% more than in the time before (12)" in mail.text
        assert mail.html.count("/reports/") == 3  # two mailings, and the page of choices
        assert [file["content_type"] for file in mail.attachments] == ["image/png"]
        assert mail.address == members()[0].email
    assert due(week, EIGHT) == []


def test_it_speaks_the_readers_language(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(locale="ko")
    begun(place, mailing(place), datetime(2026, 3, 4, 9, tzinfo=SEOUL))
    with place.inside():
        jobs.post_summary(members()[0].id, "month", "2026-03-01")
        korean = db.session.scalars(sa.select(Notice.subject)).all()
        db.session.execute(sa.text("UPDATE accounts SET locale = 'en' WHERE id = :id"), {"id": members()[0].account_id})
        jobs.post_summary(members()[0].id, "week", "2026-03-02")
        english = db.session.scalars(sa.select(Notice.subject).order_by(Notice.id.desc())).first()
    assert any("2026년 3월" in subject and "통" in subject for subject in korean)
    assert english == "Week from 2 Mar to 8 Mar: 9 mails arrived, 55.6% were opened"


def test_a_quiet_week_is_told_too_and_without_a_chart(workspace: Place) -> None:
    with workspace.inside():
        jobs.post_summary(members()[0].id, "week", "2026-03-02")
        (mail,) = db.session.scalars(sa.select(Notice).where(Notice.subject.contains("Week from")))
        assert "Nothing was sent in this time" in mail.text
        assert mail.attachments == []


def test_each_member_chooses_for_themselves(client: FlaskClient, workspace: Place, other_workspace: Place) -> None:
    assert client.post("/reports/by-mail/wishes", data={"weekly": "y"}).status_code == 303
    with workspace.inside():
        assert wishes.wishes_of(members()[0]) == Wishes(weekly=True, monthly=False, alerts=False)
    with other_workspace.inside():
        assert wishes.wishes_of(members()[0]) == Wishes(weekly=False, monthly=False, alerts=True)


def test_an_analyst_may_wish_for_summaries(workspace: Place) -> None:
    with workspace.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
        assert wishes.wishes_of(members()[0]) == Wishes()
    assert workspace.client().post("/reports/by-mail/wishes", data={"monthly": "y"}).status_code == 303
    assert due(workspace, datetime(2026, 4, 1, 9, tzinfo=SEOUL)) == [("month", "2026-03-01")]
