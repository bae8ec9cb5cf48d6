"""Reports that come again after 24 hours and 7 days: by choice, once, and only while they are fresh."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.reports import jobs, later
from app.reports.later import Choices
from tests.reports.sample import mailing
from tests.support.workspaces import Place

BOSS = "boss@example.com"
LIMITS = {"bounce_limit": "5", "complaint_limit": "0.3", "stall_minutes": "15"}


def due(place: Place) -> list[tuple[int, str]]:
    with place.dispatcher.site.app_context(), unit_of_work():
        return [(mailing_id, occasion) for tenant_id, mailing_id, occasion in later.due() if tenant_id == place.id]


def age(place: Place, by: timedelta) -> None:
    with place.inside():
        db.session.execute(sa.text("UPDATE launches SET finished_at = now() - :by"), {"by": by})


def choose(place: Place, *, day: bool = False, week: bool = False) -> None:
    with place.inside():
        later.choose(Choices(day, week))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (timedelta(hours=23), set()),
        (timedelta(hours=25), {"day"}),
        (timedelta(hours=49), set()),
        (timedelta(days=7, hours=1), {"week"}),
        (timedelta(days=9), set()),
    ],
)
def test_a_report_is_due_when_its_time_has_come(workspace: Place, by: timedelta, expected: set[str]) -> None:
    mailing(workspace, report_to=[BOSS])
    choose(workspace, day=True, week=True)
    age(workspace, by)
    assert {occasion for _mailing, occasion in due(workspace)} == expected


def test_it_is_mailed_once_with_its_time_in_the_subject(workspace: Place) -> None:
    mailing_id = mailing(workspace, report_to=[BOSS])
    choose(workspace, day=True)
    age(workspace, timedelta(hours=25))
    assert due(workspace) == [(mailing_id, "day")]
    for _twice in range(2):
        with workspace.inside():
            jobs.post_delivery_report(mailing_id, "day")
    with workspace.inside():
        subjects = db.session.scalars(sa.select(Notice.subject).where(Notice.address == BOSS)).all()
    assert [each for each in subjects if "24 hours" in each] == ["Report after 24 hours: Today, {{name|reader}}"]
    assert due(workspace) == []


def test_nothing_comes_where_nobody_chose_it_or_asked_for_reports(workspace: Place, other_workspace: Place) -> None:
    mailing(workspace, report_to=[BOSS])
    mailing(other_workspace)
    choose(other_workspace, day=True)
    age(workspace, timedelta(hours=25))
    age(other_workspace, timedelta(hours=25))
    assert due(workspace) == due(other_workspace) == []


def test_the_page_keeps_the_choice_for_its_own_workspace(
    client: FlaskClient, workspace: Place, other_workspace: Place
) -> None:
    assert ticked(client.get("/reports/by-mail").text) == []
    assert client.post("/reports/by-mail", data={"after_week": "y", **LIMITS}).status_code == 303
    assert ticked(client.get("/reports/by-mail").text) == ["after_week"]
    with workspace.inside():
        assert later.choices() == Choices(after_day=False, after_week=True)
    with other_workspace.inside():
        assert later.choices() == Choices()


def ticked(page: str) -> list[str]:
    boxes = re.findall(r'<input[^>]*name="(after_\w+)"[^>]*>', page)
    return [name for name in boxes if re.search(rf'<input(?=[^>]*checked)[^>]*name="{name}"', page)]


def test_an_analyst_may_look_and_not_choose(workspace: Place) -> None:
    with workspace.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
    client = workspace.client()
    assert "disabled" in client.get("/reports/by-mail").text
    assert client.post("/reports/by-mail", data={"after_day": "y", **LIMITS}).status_code == 403
