"""Warnings: told once an incident, to those who look after the workspace, and only beyond its own limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.reports import alerts, jobs, later
from app.reports.alerts import AlertKind, Incident
from app.reports.later import Choices
from app.sending import feeding
from app.sending import service as sending
from tests.reports.sample import Fate, answer, begin, mailing
from tests.support.workspaces import Place


def untold(place: Place, *, after: timedelta = timedelta()) -> list[Incident]:
    with place.dispatcher.site.app_context(), unit_of_work():
        return [incident for tenant_id, incident in alerts.untold(clock.now() + after) if tenant_id == place.id]


def tell(place: Place, incident: Incident) -> None:
    with place.inside():
        jobs.raise_alert(incident.kind, incident.mailing_id, incident.number, incident.whole)


def warnings(place: Place) -> list[str]:
    with place.inside():
        return list(db.session.scalars(sa.select(Notice.subject).where(Notice.subject.startswith("Warning"))))


def fed(place: Place, fate: Fate, code: str = "daily") -> int:
    """A mailing under way, all of which the MTA has."""
    mailing_id = begin(place, fate, code=code)
    with place.inside():
        feeding.advance(mailing_id, 0, fate.total)
    return mailing_id


def test_too_many_bounces_are_told_once(workspace: Place) -> None:
    mailing_id = mailing(workspace, Fate(120, 110, 10, 0, 0))
    assert untold(workspace) == [Incident(AlertKind.BOUNCES, mailing_id, 10, 120)]
    for _twice in range(2):
        tell(workspace, Incident(AlertKind.BOUNCES, mailing_id, 10, 120))
    assert warnings(workspace) == ["Warning: unusually many mails bounce (Today, {{name|reader}})"]
    assert untold(workspace) == []
    with workspace.inside():
        (mail,) = db.session.scalars(sa.select(Notice).where(Notice.subject.startswith("Warning")))
        assert "10 of 120 mails bounced: 8.3%." in mail.text
        assert f"/reports/{mailing_id}" in mail.text


@pytest.mark.parametrize(
    "fate", [Fate(120, 115, 5, 0, 0), Fate(60, 40, 20, 0, 0)], ids=["below the limit", "too few to say"]
)
def test_what_is_below_the_limit_or_too_little_is_not_told(workspace: Place, fate: Fate) -> None:
    mailing(workspace, fate)
    assert untold(workspace) == []


def test_the_workspace_sets_its_own_limit(workspace: Place) -> None:
    mailing(workspace, Fate(120, 115, 5, 0, 0))
    with workspace.inside():
        later.choose(Choices(bounce_limit=Decimal("2.5")))
    assert [incident.number for incident in untold(workspace)] == [5]


def test_old_bounces_are_not_told_any_more(workspace: Place) -> None:
    mailing(workspace, Fate(120, 110, 10, 0, 0))
    assert untold(workspace, after=timedelta(hours=25)) == []


def test_a_mailing_that_stands_still_is_told_and_again_if_it_does_so_again(workspace: Place) -> None:
    mailing_id = fed(workspace, Fate(20, 10, 0, 0, 0))
    answer(workspace, mailing_id, Fate(20, 10, 0))
    assert untold(workspace, after=timedelta(minutes=10)) == []
    (incident,) = untold(workspace, after=timedelta(minutes=20))
    assert (incident.kind, incident.mailing_id, incident.whole) == (AlertKind.STALL, mailing_id, 10)
    assert 18 <= incident.number <= 21
    tell(workspace, incident)
    assert untold(workspace, after=timedelta(minutes=30)) == []
    assert untold(workspace) == []  # it moves: the incident is over
    tell(workspace, untold(workspace, after=timedelta(minutes=40))[0])
    assert warnings(workspace) == ["Warning: a mailing stands still (Today, {{name|reader}})"] * 2


def test_what_is_finished_paused_or_held_back_by_its_pace_does_not_stand_still(workspace: Place) -> None:
    mailing(workspace)
    paused = fed(workspace, Fate(20, 10, 0, 0, 0), code="p")
    paced = begin(workspace, Fate(20, 0, 0, 0, 0), code="q")
    with workspace.inside():
        sending.pause(paused)
        db.session.execute(sa.text("UPDATE launches SET per_hour = 10 WHERE mailing_id = :id"), {"id": paced})
    assert untold(workspace, after=timedelta(hours=2)) == []


def test_what_was_never_handed_over_stands_still(workspace: Place) -> None:
    mailing_id = begin(workspace, Fate(20, 0, 0, 0, 0))
    assert [(i.kind, i.mailing_id) for i in untold(workspace, after=timedelta(minutes=20))] == [
        (AlertKind.STALL, mailing_id)
    ]


def test_complaints_are_told_about_the_workspace(workspace: Place) -> None:
    mailing(workspace, Fate(200, 200, 0, 0, 0))
    with workspace.inside():
        db.session.execute(
            sa.text("INSERT INTO suppressions (address_key, reason) VALUES ('a@x.example', 'complaint')")
        )
    (incident,) = untold(workspace)
    assert incident == Incident(AlertKind.COMPLAINTS, 0, 1, 200)
    tell(workspace, incident)
    assert warnings(workspace) == ["Warning: unusually many people complain"]
    assert untold(workspace) == []
    assert untold(workspace, after=timedelta(days=8)) == []
    with workspace.inside():
        assert db.session.scalar(sa.text("SELECT cleared_at IS NOT NULL FROM alerts WHERE kind = 'complaints'"))


def test_who_wants_no_warnings_gets_none(client: FlaskClient, workspace: Place) -> None:
    client.post("/reports/by-mail/wishes", data={})
    mailing_id = mailing(workspace, Fate(120, 110, 10, 0, 0))
    tell(workspace, Incident(AlertKind.BOUNCES, mailing_id, 10, 120))
    assert warnings(workspace) == []


def test_another_workspace_hears_nothing(workspace: Place, other_workspace: Place) -> None:
    mailing_id = mailing(workspace, Fate(120, 110, 10, 0, 0))
    assert untold(other_workspace) == []
    tell(workspace, Incident(AlertKind.BOUNCES, mailing_id, 10, 120))
    assert warnings(other_workspace) == []


@pytest.mark.parametrize("data", [{"bounce_limit": "0"}, {"stall_minutes": "1"}, {"complaint_limit": "x"}, {}])
def test_limits_that_make_no_sense_are_refused_and_kept_on_the_page(
    client: FlaskClient, workspace: Place, data: dict[str, str]
) -> None:
    answer = client.post("/reports/by-mail", data=data)
    assert answer.status_code == 422
    with workspace.inside():
        assert later.choices() == Choices()
