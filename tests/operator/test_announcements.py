"""What all members are told above their pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.operator.models import Announcement
from tests.support.workspaces import Place

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture(autouse=True)
def _nothing_announced(dispatcher: Dispatcher) -> None:
    """They are everybody's, so each test begins without any."""
    with dispatcher.site.app_context(), unit_of_work(), control_plane():
        db.session.execute(sa.delete(Announcement))


def order(
    korean: str = "점검합니다", english: str = "We tidy up", *, hours: tuple[float, float] = (-1, 1)
) -> dict[str, str]:
    now = clock.now().astimezone(SEOUL)
    begins, ends = (now + timedelta(hours=each) for each in hours)
    return {
        "korean": "점검합니다",
        "english": english,
        "tone": "amber",
        "begins_at": stamp(begins),
        "ends_at": stamp(ends),
    }


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def shown(place: Place, language: str = "en") -> str:
    return place.client().get("/", headers={"Accept-Language": language}).text


def test_members_of_every_workspace_read_it_in_their_language(
    operator: FlaskClient, workspace: Place, new_workspace: object
) -> None:
    assert operator.post("/announcements", data=order()).status_code == 303
    assert "We tidy up" in shown(workspace)
    assert "점검합니다" in shown(new_workspace(locale="ko"))  # type: ignore[operator]


def test_strangers_do_not_read_it(operator: FlaskClient, anonymous: FlaskClient) -> None:
    operator.post("/announcements", data=order())
    assert "We tidy up" not in anonymous.get("/sign-in").text


@pytest.mark.parametrize("hours", [(1, 2), (-2, -1)], ids=["to come", "over"])
def test_it_is_shown_in_its_time_only(operator: FlaskClient, workspace: Place, hours: tuple[float, float]) -> None:
    assert operator.post("/announcements", data=order(hours=hours)).status_code == 303
    assert "We tidy up" not in shown(workspace)
    assert "We tidy up" in operator.get("/announcements").text


def test_it_is_ended_before_its_time(dispatcher: Dispatcher, operator: FlaskClient, workspace: Place) -> None:
    operator.post("/announcements", data=order())
    with dispatcher.site.app_context(), control_plane():
        number = db.session.scalar(sa.select(Announcement.id))
    assert operator.post(f"/announcements/{number}/endings").status_code == 303
    assert "We tidy up" not in shown(workspace)
    assert operator.post(f"/announcements/{number}/endings").status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"korean": ""}, {"english": "x" * 301}, {"tone": "pink"}, {"ends_at": "soon"}, {"ends_at": "2001-01-01T00:00"}],
    ids=["one language", "long", "tone", "no time", "ends first"],
)
def test_what_nobody_could_read_is_refused_and_nothing_is_lost(operator: FlaskClient, change: dict[str, str]) -> None:
    answer = operator.post("/announcements", data=order() | change)
    assert answer.status_code == 422
    assert "점검합니다" in answer.text or "korean" in change


def test_what_is_announced_is_text(operator: FlaskClient, workspace: Place) -> None:
    operator.post("/announcements", data=order(english="<script>alert(1)</script>"))
    assert "&lt;script&gt;" in shown(workspace)
    assert "<script>alert" not in shown(workspace)


def test_a_workspace_cannot_announce(workspace: Place) -> None:
    with pytest.raises(Exception, match="permission denied"), workspace.inside():
        db.session.connection().exec_driver_sql("DELETE FROM announcements")
