"""Figures of large mailings: worked out once in a while, with the time told; of small ones always of now."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.lists.segments.limits import TookTooLong
from app.reports import campaign, kept, profile, queries
from app.reports.kept import figures
from app.reports.parts import Part
from app.reports.profile import Group
from tests.reports.sample import Fate, mailing, react
from tests.support.workspaces import Place

GROUPS = [Group(Part("town", "서울"), 3, 2, 1, 0), Group(None, 1, 1, 0, 0)]


def test_figures_of_many_are_kept_and_say_of_when(workspace: Place) -> None:
    with workspace.inside():
        first = figures("x", list[Group], lambda: GROUPS, people=kept.MANY)
        again = figures("x", list[Group], list, people=kept.MANY)
        assert again.value == first.value == GROUPS
        assert again.at == first.at
        assert "Counted at" in again.hint


def test_figures_of_few_are_of_now(workspace: Place) -> None:
    with workspace.inside():
        for made in (GROUPS, []):
            found = figures("x", list[Group], lambda made=made: made, people=kept.MANY - 1)
            assert (found.value, found.hint) == (made, "")


def test_another_workspace_keeps_its_own(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        figures("x", list[Group], lambda: GROUPS, people=kept.MANY)
    with other_workspace.inside():
        assert figures("x", list[Group], list, people=kept.MANY).value == []


def test_what_takes_too_long_is_cut_off_and_said(
    workspace: Place, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing_id = mailing(workspace)
    monkeypatch.setattr(kept, "MANY", 0)
    monkeypatch.setattr(kept, "SECONDS", 0.05)

    def slow(*_asked: object) -> list[Group]:
        db.session.execute(sa.text("SELECT pg_sleep(5)"))
        return []

    monkeypatch.setattr(profile, "by_source", slow)
    with workspace.inside(), pytest.raises(TookTooLong):
        figures("slow", list[Group], slow, people=1)
    page = client.get(f"/reports/{mailing_id}/readers")
    assert page.status_code == 200
    assert "too many to tell apart in time" in page.text


def test_the_pages_show_what_is_kept(workspace: Place, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing_id = mailing(workspace, Fate(opened=2, clicked=0))
    monkeypatch.setattr(kept, "MANY", 0)
    before = client.get(f"/reports/{mailing_id}/readers?as=csv").text
    with workspace.inside():
        reached = campaign.reached([queries.report(mailing_id)]).value
    react(workspace, mailing_id, Fate(opened=5, clicked=2))
    assert client.get(f"/reports/{mailing_id}/readers?as=csv").text == before
    assert "Counted at" in client.get(f"/reports/{mailing_id}/readers").text
    with workspace.inside():
        assert campaign.reached([queries.report(mailing_id)]).value == reached
