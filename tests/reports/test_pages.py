"""Home, status and report pages: they say what is so, and only to their own workspace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from tests.reports.sample import Fate, answer, begin, mailing
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place


def test_a_new_workspace_is_led_to_its_first_step(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "Four steps to the first mail" in page
    assert "Make a list" in page


def test_the_steps_go_on_where_one_stands(client: FlaskClient, workspace: Place) -> None:
    make_list(workspace, people(3))
    page = client.get("/").text
    assert page.index("Write as in a word processor") > 0
    assert "Paste your people" not in page


def test_the_main_page_tells_the_month_the_state_and_the_last_result(client: FlaskClient, workspace: Place) -> None:
    mailing(workspace)
    schedule(workspace, [1], at=clock.now() + timedelta(hours=2))
    page = client.get("/").text
    assert workspace.workspace.name in page
    assert "5 of 9 people opened it, 2 clicked." in page
    assert "Next: “Today, {{name|reader}}”" in page
    assert numbers(page) == {
        "Mails sent in all": 9,
        "Mailings waiting": 1,
        "Mailings sent so far": 1,
        "Reports not read": 1,
    }


def test_the_main_page_shows_the_day_to_whoever_runs_it(client: FlaskClient, workspace: Place) -> None:
    done = mailing(workspace)
    soon = schedule(workspace, [1], at=clock.now() + timedelta(seconds=5))
    far = schedule(workspace, [1], at=clock.now() + timedelta(days=3))
    page = client.get("/").text
    today = page.partition('id="today"')[2].partition('id="month"')[0]
    assert f"/reports/{done}" in today
    assert f"/reports/{far}" not in today
    assert "9 delivered" in today
    assert "55.6% opened" in today
    assert f'data-clock="{workspace.workspace.timezone}"' in today
    if f"/reports/{soon}" in today:  # not where a day ends in these seconds
        assert today.index(f"/reports/{done}") < today.index(f"/reports/{soon}")
    assert 'href="/breaking"' in page or "Breaking news" in page
    assert "by the end of the month" in page
    assert "Sending domain" in page


def test_an_analyst_is_offered_no_breaking_news(workspace: Place) -> None:
    mailing(workspace)
    with workspace.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
    assert "Breaking news" not in workspace.client().get("/").text


def numbers(page: str) -> dict[str, int]:
    """The key numbers of a page by their labels."""
    import re

    found = re.findall(r'class="label">([^<]+)<.*?<b[^>]*>([\d,]+)', page, re.DOTALL)
    return {label.strip(): int(value.replace(",", "")) for label, value in found}


def test_the_status_page_shows_each_mailing_where_it_stands(client: FlaskClient, workspace: Place) -> None:
    done = mailing(workspace)
    running = begin(workspace, Fate(4, 0, 0, 0, 0), code="evening")
    waiting = schedule(
        workspace, [make_list(workspace, people(7, "w.example"), code="w")], at=clock.now() + timedelta(days=1)
    )
    page = client.get("/status").text
    assert all(f"/reports/{mailing_id}" in page for mailing_id in (done, running, waiting))
    assert page.index('id="running"') < page.index('id="waiting"') < page.index('id="sent"')
    assert f"/reports/{done}" not in client.get("/status?show=waiting").text
    assert f"/reports/{waiting}" not in client.get("/status?show=sent").text
    assert "No mailing is called that" in client.get("/status?q=nothing+like+it").text


def test_sent_mailings_come_in_pages(client: FlaskClient, workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.reports.routes.pages.STATUS_PAGE", 1)
    first, second = mailing(workspace), mailing(workspace, code="evening")
    page = client.get("/status").text
    assert f"/reports/{second}" in page
    assert f"/reports/{first}" not in page
    more = page.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert f"/reports/{first}" in client.get(more).text


def test_the_report_says_it_in_a_sentence_first_and_its_numbers_are_true(client: FlaskClient, workspace: Place) -> None:
    page = client.get(f"/reports/{mailing(workspace)}").text
    assert page.index("5 of 9 people opened it, 2 clicked.") < page.index("<svg", page.index("lede"))
    assert numbers(page) == {
        "Recipients": 12, "Delivered": 9, "Opened": 5, "Clicked": 2, "Not reached": 3, "Unsubscribed": 0
    }  # fmt: skip
    assert "the story" in page
    assert "User unknown" in page
    assert "opened 1 times and followed links 0 times" in page
    assert "<script" not in page.partition("<svg")[2].partition("</svg>")[0]


def test_a_running_report_asks_for_its_next_numbers_and_reloads_when_it_is_over(
    client: FlaskClient, workspace: Place
) -> None:
    fate = Fate(6, 4, 2, 0, 0)
    mailing_id = begin(workspace, fate)
    page = client.get(f"/reports/{mailing_id}").text
    assert f'hx-get="/reports/{mailing_id}/progress?state=running"' in page
    assert "0 of 6" in page
    answer(workspace, mailing_id, Fate(6, 2, 0))
    part = client.get(f"/reports/{mailing_id}/progress?state=running")
    assert "2 of 6" in part.text
    assert "HX-Refresh" not in part.headers
    answer(workspace, mailing_id, fate)
    assert client.get(f"/reports/{mailing_id}/progress?state=running").headers["HX-Refresh"] == "true"


def test_reading_a_report_is_a_post_and_counts_down(client: FlaskClient, workspace: Place) -> None:
    mailing_id = mailing(workspace)
    client.get(f"/reports/{mailing_id}")
    assert numbers(client.get("/").text)["Reports not read"] == 1
    assert client.post(f"/reports/{mailing_id}/reads", headers={"HX-Request": "true"}).status_code == 204
    assert client.post(f"/reports/{mailing_id}/reads").status_code == 303
    assert numbers(client.get("/").text)["Reports not read"] == 0
    assert "/reads" not in client.get(f"/reports/{mailing_id}").text


def test_a_report_under_way_cannot_be_read_yet(client: FlaskClient, workspace: Place) -> None:
    mailing_id = begin(workspace, Fate(3, 3, 0, 0, 0))
    client.post(f"/reports/{mailing_id}/reads")
    answer(workspace, mailing_id, Fate(3, 3, 0, 0, 0))
    assert numbers(client.get("/").text)["Reports not read"] == 1


def test_the_mail_is_shown_under_lock(client: FlaskClient, workspace: Place) -> None:
    body = client.get(f"/reports/{mailing(workspace)}/body")
    assert "Hello reader" in body.text
    assert "/t/" not in body.text
    assert "sandbox" in body.headers["Content-Security-Policy"]


def test_a_scheduled_mailing_tells_when_and_to_how_many(client: FlaskClient, workspace: Place) -> None:
    list_id = make_list(workspace, people(7))
    mailing_id = schedule(workspace, [list_id], at=clock.now() + timedelta(days=2))
    assert "It goes to 7 people" in client.get(f"/reports/{mailing_id}").text


@pytest.mark.parametrize("path", ["", "/people", "/people.csv", "/body", "/progress"])
def test_another_workspace_sees_no_report(
    path: str, workspace: Place, other_client: FlaskClient, client: FlaskClient
) -> None:
    mailing_id = mailing(workspace)
    assert client.get(f"/reports/{mailing_id}{path}").status_code == 200
    assert other_client.get(f"/reports/{mailing_id}{path}").status_code == 404
    assert f"/reports/{mailing_id}" not in other_client.get("/status").text
    assert other_client.post(f"/reports/{mailing_id}/reads").status_code == 404


def test_pages_speak_korean(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(locale="ko")
    mailing_id = mailing(place)
    page = place.client().get(f"/reports/{mailing_id}").text
    assert "9명 중 5명이 열었고, 2명이 눌렀습니다." in page


def test_an_analyst_sees_the_buttons_of_nobody(workspace: Place) -> None:
    begin(workspace, Fate(4, 0, 0, 0, 0))
    with workspace.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
    page = workspace.client().get("/status").text
    assert "/pauses" not in page
    assert "/cancellations" not in page
