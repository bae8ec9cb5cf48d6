"""The mail with clicks beside its links: true numbers, no way out of it."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.reports.heatmap import annotated
from app.tracking.models import Event
from tests.reports.sample import mailing
from tests.support.workspaces import Place

HTML = (
    '<p><a href="https://a.example/1" style="color:red">One</a> <a href="mailto:x@y.example">write</a> '
    '<a href="https://a.example/{{code}}">Two</a> <a href="{{unsubscribe_url}}">leave</a></p>'
)


def test_numbers_stand_behind_their_links() -> None:
    text = re.sub(r"<[^>]+>", "|", annotated(HTML, "en", {1: 3, 2: 1}))
    assert "One||3 · 75%" in text
    assert "Two||1 · 25%" in text
    assert "write| |" in text


def test_nothing_leads_out_and_nothing_is_counted() -> None:
    out = annotated(HTML, "en", {1: 3})
    assert set(re.findall(r'href="([^"]*)"', out)) == {"#"}
    assert "links.invalid" not in out
    assert "<script" not in out
    assert "color:red;background-color:rgba" in out


def test_a_mail_nobody_clicked_shows_noughts() -> None:
    assert ">0</span>" in annotated(HTML, "en", {})


def test_the_page_tells_the_clicks_of_the_events(client: FlaskClient, workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        clicks = db.session.scalar(
            sa.select(sa.func.count()).where(
                Event.mailing_id == mailing_id, Event.kind == "click", Event.human, Event.link == 1
            )
        )
    assert "“the story” was followed most: 2 of 2 clicks" in client.get(f"/reports/{mailing_id}/map").text
    body = client.get(f"/reports/{mailing_id}/map/body")
    assert f">{clicks} · 100%</span>" in body.text
    assert "sandbox" in body.headers["Content-Security-Policy"]


def test_another_workspace_sees_neither(workspace: Place, other_client: FlaskClient) -> None:
    mailing_id = mailing(workspace)
    assert other_client.get(f"/reports/{mailing_id}/map").status_code == 404
    assert other_client.get(f"/reports/{mailing_id}/map/body").status_code == 404
