"""What is forgotten by schedule, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.reports import queries as reports
from app.sending.models import Delivery, Launch
from app.tenants import plans
from app.tracking import tidying
from app.tracking.models import Event, Reaction
from app.tracking.service import record_events
from tests.reports.sample import event, mailing
from tests.support.workspaces import Place

NOW = clock.now()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "PIECE", 2)


def days_ago(days: float) -> float:
    return (NOW - timedelta(days=days)).timestamp()


def opens(place: Place, mailing_id: int, *ages: float) -> None:
    made = [
        event(place, mailing_id, n, "open", days_ago(age), network="203.0.113.0/24") for n, age in enumerate(ages, 1)
    ]
    with place.inside():
        record_events(made)


def tidy(place: Place, now: datetime = NOW) -> None:
    claim(place, now)
    with place.app.app_context():
        tidying.tidy(now)


def claim(place: Place, now: datetime = NOW) -> list[int]:
    with place.inside():
        return tidying.claim(now.date())


def left(place: Place, mailing_id: int) -> dict[int, str]:
    with place.inside():
        query = sa.select(Event.seq, Event.network).where(Event.mailing_id == mailing_id)
        return {row.seq: row.network for row in db.session.execute(query)}


def test_networks_are_forgotten_after_a_month(workspace: Place) -> None:
    opens(workspace, 7, 40, 35, 33, 31, 29, 1)
    tidy(workspace)
    assert left(workspace, 7) == {1: "", 2: "", 3: "", 4: "", 5: "203.0.113.0/24", 6: "203.0.113.0/24"}
    tidy(workspace, NOW + timedelta(days=2))
    assert left(workspace, 7)[5] == ""
    assert left(workspace, 7)[6] == "203.0.113.0/24"


def test_events_go_when_the_plans_time_is_over_and_counts_stay(workspace: Place) -> None:
    kept = plans.plan(workspace.workspace.plan_code).retention_days
    opens(workspace, 7, kept + 5, kept + 2, kept + 1, kept - 1)
    tidy(workspace)
    assert set(left(workspace, 7)) == {4}
    with workspace.inside():
        told = db.session.execute(sa.text("SELECT openers, opens FROM mailing_reactions WHERE mailing_id = 7")).one()
    assert tuple(told) == (4, 4)


def test_an_old_mailings_people_go_and_its_report_stays(client: FlaskClient, workspace: Place) -> None:
    old, young = mailing(workspace, code="old"), mailing(workspace, code="young")
    kept = timedelta(days=plans.plan(workspace.workspace.plan_code).retention_days)
    with workspace.inside():
        long_ago = sa.update(Launch).values(finished_at=NOW - kept - timedelta(days=1), state="finished")
        db.session.execute(long_ago.where(Launch.mailing_id == old))
        before = reports.report(old)
    tidy(workspace)
    with workspace.inside():
        for model in (Delivery, Reaction):
            count = sa.select(sa.func.count()).select_from(model)
            assert db.session.scalar(count.where(model.mailing_id == old)) == 0
            assert db.session.scalar(count.where(model.mailing_id == young)) > 0
        after = reports.report(old)
    assert (
        (after.accepted, after.bounced, after.openers) == (before.accepted, before.bounced, before.openers) != (0, 0, 0)
    )
    assert client.get(f"/reports/{old}").status_code == 200
    assert "was deleted" in client.get(f"/reports/{old}/people").text
    assert "was deleted" not in client.get(f"/reports/{young}/people").text


def test_a_day_is_taken_on_once(workspace: Place) -> None:
    later = datetime(2090, 1, 1, tzinfo=UTC)
    assert workspace.id in claim(workspace, later)
    assert workspace.id not in claim(workspace, later)
    assert workspace.id in claim(workspace, later + timedelta(days=1))


def test_another_workspace_keeps_what_is_its_own(workspace: Place, other_workspace: Place) -> None:
    opens(workspace, 7, 4000, 40)
    opens(other_workspace, 7, 4000, 40)
    tidy(workspace)
    assert left(workspace, 7) == {2: ""}
    assert left(other_workspace, 7) == {1: "203.0.113.0/24", 2: "203.0.113.0/24"}


def test_a_workspace_that_goes_takes_its_readers_acts_along(workspace: Place, other_workspace: Place) -> None:
    opens(workspace, 7, 1)
    opens(other_workspace, 7, 1)
    with workspace.inside(), control_plane():
        db.session.execute(sa.text("DELETE FROM tenants WHERE id = :id"), {"id": workspace.id})
        for model in (Event, Reaction):
            found = set(db.session.scalars(sa.select(model.tenant_id).where(model.mailing_id == 7)))
            assert workspace.id not in found
            assert other_workspace.id in found
