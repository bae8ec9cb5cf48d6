"""Mailings that come again: a copy is scheduled at each time, once."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.compose import series
from app.compose.models import Mailing, Series
from app.core import clock
from app.core.db import db
from app.lists import fields
from app.lists.fields import Wanted
from app.lists.models import Contact
from app.lists.states import FieldKind
from app.sending.terms import LaunchState
from tests.compose.conftest import Desk
from tests.sending.test_launch import claim, launch
from tests.support.workspaces import Place

DAILY = {
    "often": "DAILY",
    "at_time": "09:00",
    "starts_on": "2026-01-01",
    "offset": "0",
    "leap_day": "02-28",
    "report": "y",
}


def keep(desk: Desk, mailing_id: int, **more: str) -> int:
    answer = desk.client.post(f"/mailings/{mailing_id}/series", data={**DAILY, **more})
    assert answer.status_code == 303
    with desk.place.inside():
        kept = series.of_mailing(mailing_id)
        assert kept is not None
        return kept.id


def come_due(place: Place, series_id: int) -> None:
    with place.inside():
        now = clock.now() - timedelta(seconds=1)
        db.session.execute(sa.update(Series).where(Series.id == series_id).values(next_at=now))


def begin(place: Place, series_id: int) -> int | None:
    with place.inside():
        return series.begin_occurrence(series_id)


def due(place: Place) -> list[int]:
    with place.dispatcher.site.app_context():
        return [number for tenant, number in series.claim_due() if tenant == place.id]


def test_the_next_ten_times_are_shown(desk: Desk) -> None:
    mailing_id = desk.draft()
    keep(desk, mailing_id)
    page = desk.client.get(f"/mailings/{mailing_id}/series").text
    assert page.count("<li><time") == series.SHOWN
    assert "Mails that come again" in desk.client.get("/mailings/series").text


def test_each_time_a_copy_goes_once_and_the_pattern_stays(desk: Desk) -> None:
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id)
    assert due(desk.place) == []
    come_due(desk.place, series_id)
    assert due(desk.place) == [series_id]
    copy_id = begin(desk.place, series_id)
    assert begin(desk.place, series_id) is None
    assert copy_id is not None
    sent = desk.launch(copy_id)
    assert sent is not None
    assert (sent.state, sent.report_to) == (LaunchState.SCHEDULED, [desk.place.email])
    assert desk.launch(mailing_id) is None
    with desk.place.inside():
        assert db.session.scalars(sa.select(Mailing.subject).where(Mailing.id == copy_id)).one() == sent.subject
    assert due(desk.place) == []


def test_the_words_are_those_of_the_pattern_at_that_time(desk: Desk) -> None:
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id)
    with desk.place.inside():
        db.session.execute(sa.update(Mailing).where(Mailing.id == mailing_id).values(subject="Newer"))
    come_due(desk.place, series_id)
    copy_id = begin(desk.place, series_id)
    assert copy_id is not None
    assert desk.launch(copy_id).subject == "Newer"  # type: ignore[union-attr]


def test_what_lacks_something_rests_and_says_why(desk: Desk) -> None:
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id)
    with desk.place.inside():
        db.session.execute(sa.update(Mailing).where(Mailing.id == mailing_id).values(html=""))
    come_due(desk.place, series_id)
    assert begin(desk.place, series_id) is None
    assert due(desk.place) == []
    assert "The body is empty." in desk.client.get(f"/mailings/{mailing_id}/series").text


def test_a_series_that_rests_comes_no_more_until_it_goes_on(desk: Desk) -> None:
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id)
    come_due(desk.place, series_id)
    desk.client.post(f"/mailings/{mailing_id}/series/rests")
    assert due(desk.place) == []
    assert begin(desk.place, series_id) is None
    keep(desk, mailing_id)
    come_due(desk.place, series_id)
    assert begin(desk.place, series_id) is not None


def test_on_birthdays_only_those_whose_day_it_is_get_it(desk: Desk) -> None:
    with desk.place.inside():
        key = fields.create_field(Wanted(title="Birthday", kind=FieldKind.BIRTHDAY)).key
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id, often="PERSON", field_key=key, offset="0")
    come_due(desk.place, series_id)
    assert begin(desk.place, series_id) is None
    with desk.place.inside():
        zone = desk.place.workspace.timezone
        today = f"{series.local_time(clock.now(), zone):%m-%d}"
        first = sa.update(Contact).where(Contact.address_key == "reader1@example.com")
        db.session.execute(first.values(fields={key: today}))
    come_due(desk.place, series_id)
    copy_id = begin(desk.place, series_id)
    assert copy_id is not None
    assert claim(desk.place) == [copy_id]
    assert launch(desk.place, copy_id).total == 1


def test_mistakes_are_told_and_nothing_is_kept(desk: Desk) -> None:
    mailing_id = desk.draft()
    wrong = {"often": "RULE", "rule": "every now and then", "skipped": "tomorrow", "ends_on": "2025-01-01"}
    page = desk.client.post(f"/mailings/{mailing_id}/series", data={**DAILY, **wrong})
    assert page.status_code == 422
    for words in ("This rule cannot be read", "“tomorrow” is not a day", "The end is before the beginning"):
        assert words in page.text
    with desk.place.inside():
        assert series.of_mailing(mailing_id) is None


def test_a_rule_that_never_comes_is_refused(desk: Desk) -> None:
    data = {**DAILY, "often": "RULE", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}
    page = desk.client.post(f"/mailings/{desk.draft()}/series", data=data)
    assert page.status_code == 422
    assert "it would never come" in page.text


def test_another_workspace_sees_none_of_it(desk: Desk, other_workspace: Place) -> None:
    mailing_id = desk.draft()
    series_id = keep(desk, mailing_id)
    come_due(desk.place, series_id)
    assert begin(other_workspace, series_id) is None
    stranger = other_workspace.client()
    assert stranger.get(f"/mailings/{mailing_id}/series").status_code == 404
    assert stranger.post(f"/mailings/{mailing_id}/series/rests").status_code == 404
    with other_workspace.inside():
        assert series.all_series() == []
