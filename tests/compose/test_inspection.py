"""What deserves a look: each finding is told once, and what is in order is said to be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from app.compose import link_check
from app.compose.inspection import inspect, tags_without_default
from app.factory import use
from config.settings import Settings
from tests.compose.conftest import Desk
from tests.compose.test_checking import contact_of
from tests.support.workspaces import HostClient, Place

FINE = "<p>The bridge across the river opens again tonight at eight.</p>"


def look_at(place: Place, html: str = FINE, subject: str = "Evening edition", **gaps: int) -> list[str]:
    with place.inside():
        checks = inspect(SimpleNamespace(subject=subject, html=html), gaps=gaps, people=1000)
        return [check.text for check in checks if not check.fine]


def test_calm_mail_gives_nothing_to_look_at(workspace: Place) -> None:
    assert look_at(workspace) == []


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (FINE + "<p>" + "x" * 110_000 + "</p>", "Gmail shows only the first 102 KB"),
        (FINE + '<img src="https://x.example/a.png">', "1 picture has no words"),
        ('<img src="https://x.example/a.png" alt="A river">', "hardly any words"),
        (FINE + '<a href="http://x.example">x</a>', "1 link is not encrypted"),
        (FINE + '<a href="#">x</a><a href="">y</a>', "2 links lead nowhere"),
    ],
    ids=["heavy", "no alt", "no words", "http", "nowhere"],
)
def test_body_is_looked_through(workspace: Place, html: str, words: str) -> None:
    found = look_at(workspace, html)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    "subject", ["RE: your order", "무료!!! 지금", "WINNER OF THE DAY", "100% 무료 쿠폰", "★★★ 특가"]
)
def test_subject_that_sounds_like_spam_is_told(workspace: Place, subject: str) -> None:
    assert len(look_at(workspace, subject=subject)) == 1


def test_tags_that_some_have_nothing_for_are_counted(workspace: Place) -> None:
    assert look_at(workspace, company=204) == ["{{company}} is empty for 204 of 1,000 people and has no default."]
    assert tags_without_default("{{name}} {{town|Seoul}}", "{{unsubscribe_url}}{{name}}{{age:number}}") == [
        "name",
        "age",
    ]


def test_page_counts_the_people_of_its_own_audience(desk: Desk, other_client: HostClient) -> None:
    mailing_id = desk.draft(html=FINE + "<p>{{company}}</p>")
    page = desk.client.get(f"/mailings/{mailing_id}/preview/checks").text
    assert "{{company}} is empty for 3 of 3 people" in page
    assert other_client.get(f"/mailings/{mailing_id}/preview/checks").status_code == 404


def test_text_part_is_the_authors_until_it_follows_the_mail_again(desk: Desk) -> None:
    mailing_id = desk.draft()
    words = {"text_part": "Dear {{name|reader}},\r\nread on.", "version": "1"}
    assert desk.client.post(f"/mailings/{mailing_id}/text", data=words).status_code == 303
    assert "Dear reader1," in desk.client.get(f"/mailings/{mailing_id}/preview?view=text").text
    assert desk.client.post(f"/mailings/{mailing_id}/text", data=words).status_code == 409
    again = words | {"version": "2", "follow": "yes"}
    assert desk.client.post(f"/mailings/{mailing_id}/text", data=again).status_code == 303
    assert desk.mailing(mailing_id).text_part == ""


def test_mail_in_the_dark_has_its_own_colours_or_is_turned(desk: Desk) -> None:
    plain = desk.draft()
    assert "invert(1)" in desk.client.get(f"/mailings/{plain}/preview/mail?dark=1").text
    own = desk.draft(html="<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style><p>x</p>")
    shown = desk.client.get(f"/mailings/{own}/preview/mail?dark=1")
    assert "@media all" in shown.text
    assert "invert(1)" not in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_block_for_some_is_previewed_for_those_who_meet_its_condition(desk: Desk) -> None:
    only = {"of": {"all": [{"what": "name", "is": "is", "value": ["reader1"]}]}}
    text = [{"type": "text", "text": "Only for one"}]
    document = {"type": "doc", "content": [{"type": "paragraph", "attrs": {"condition": only}, "content": text}]}
    mailing_id = desk.draft(html="", document={"type": "doc", "content": [{"type": "paragraph"}]})
    answer = desk.client.post(f"/mailings/{mailing_id}/document", json={"document": document, "version": 1})
    assert answer.status_code == 200
    contacts = {f"reader{number + 1}": contact_of(desk, number) for number in (0, 1)}
    shown = {
        name: "Only for one" in desk.client.get(f"/mailings/{mailing_id}/preview/mail?contact={number}").text
        for name, number in contacts.items()
    }
    assert shown == {"reader1": True, "reader2": False}


class Pages(BaseHTTPRequestHandler):
    """A site with a page, one that moved, one that is gone, one that turns programs away."""

    def do_GET(self) -> None:
        status = {"/page": 200, "/moved": 302, "/shy": 403, "/round": 302}.get(self.path, 404)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/page" if self.path == "/moved" else "/round")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pages_behind_links_are_asked(site: str, settings: Settings) -> None:
    use(replace(settings, reachable_networks=("127.0.0.0/8",)))
    paths = ("/page", "/moved", "/gone", "/shy", "/round")
    told = {each.url.removeprefix(site): each for each in link_check.ask([site + path for path in paths])}
    meant = {path: told[path].answer.value for path in paths}
    assert meant == {"/page": "good", "/moved": "good", "/gone": "gone", "/shy": "shy", "/round": "gone"}
    assert told["/moved"].landed == f"{site}/page"


def test_inner_addresses_are_not_asked(desk: Desk, site: str) -> None:
    mailing_id = desk.draft(html=f'<p><a href="{site}/page">x</a> <a href="{{{{unsubscribe_url}}}}">out</a></p>')
    page = desk.client.post(f"/mailings/{mailing_id}/link-checks").text
    assert "Does not answer" in page
    assert "unsubscribe_url" not in page
    assert "no links to ask" in desk.client.post(f"/mailings/{desk.draft(html='<p>x</p>')}/link-checks").text


def test_links_of_another_workspace_are_not_asked(desk: Desk, other_client: HostClient) -> None:
    assert other_client.post(f"/mailings/{desk.draft()}/link-checks").status_code == 404
