"""The page of all lists: growth, last mailing, order."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.lists import overview, queries, service
from app.lists.models import ListDay
from app.lists.service import Person
from tests.support.content import fill
from tests.support.workspaces import Place


def test_growth_is_a_line_of_steps_that_ends_today(workspace: Place) -> None:
    today = clock.now().date()
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        quiet = service.create_list("", title="Quiet").id
        for name in ("ann", "bob"):
            service.add_person(list_id, Person(f"{name}@example.com"), consent="asked")
        db.session.execute(sa.delete(ListDay))
        days = ((100, 9), (90, 0), (45, 1))
        db.session.add_all([
            ListDay(list_id=list_id, day=today - timedelta(days=back), subscribed=count) for back, count in days
        ])  # fmt: skip
        db.session.flush()
        db.session.expire_all()
        found = overview.growth(queries.lists(), today=today)
        assert quiet not in found
        assert (found[list_id].first, found[list_id].last) == (0, 2)
        assert found[list_id].points == "0,22.0 45,22.0 45,12.0 90,2.0"


def test_the_page_tells_growth_and_the_last_mailing(workspace: Place, client: FlaskClient) -> None:
    ids = fill(workspace)
    page = client.get("/lists").text
    assert "Subscribed people from 1 to 1 in 90 days" in page
    assert f'<a href="/reports/{ids["mailing_id"]}">Today</a>' in page


def test_lists_are_ordered_by_the_heading_that_is_clicked(workspace: Place, client: FlaskClient) -> None:
    with workspace.inside():
        for title, code, people in (("Alpha", "z", 1), ("beta", "y", 2), ("Gamma", "x", 0)):
            list_id = service.create_list(code, title=title).id
            for number in range(people):
                service.add_person(list_id, Person(f"p{number}@example.com"), consent="asked")

    def titles(sort: str) -> list[str]:
        page = client.get(f"/lists?sort={sort}").text
        return sorted(("Alpha", "beta", "Gamma"), key=lambda title: page.index(f">{title}<"))

    assert titles("title") == ["Alpha", "beta", "Gamma"]
    assert titles("code") == ["Gamma", "beta", "Alpha"]
    assert titles("subscribed") == ["beta", "Alpha", "Gamma"]
    assert len(titles("nonsense")) == 3


def test_another_workspace_sees_neither_growth_nor_mailings(workspace: Place, other_workspace: Place) -> None:
    fill(workspace)
    with workspace.inside():
        lists = queries.lists()
        assert overview.growth(lists, today=clock.now().date())
        assert overview.last_mailings()
        db.session.expunge_all()
    with other_workspace.inside():
        assert overview.growth(lists, today=clock.now().date()) == {}
        assert overview.last_mailings() == {}
