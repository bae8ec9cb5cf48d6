"""The public addresses in a mail: what they answer, what they note, what they never do."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from app.core.db import db
from app.core.tokens import recipient_token
from app.lists.models import Contact, Subscription
from app.sending.models import Launch, MailingLink
from app.tracking import stream
from app.tracking.models import Event, MailingReaction
from app.tracking.stream import TrackEvent, TrackStream
from tests.support.content import fill
from tests.support.workspaces import Place

PERSON = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36"


@pytest.fixture
def ids(workspace: Place) -> dict[str, int]:
    return fill(workspace)


@pytest.fixture
def reader(anonymous: FlaskClient) -> FlaskClient:
    anonymous.environ_base["HTTP_USER_AGENT"] = PERSON
    anonymous.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    return anonymous


@pytest.fixture(autouse=True)
def own_stream(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STREAM", f"track:public:{workspace.id}")


@pytest.fixture
def noted(redis_server: Redis, own_stream: None) -> TrackStream:
    return TrackStream(redis_server, "test")


def events(noted: TrackStream) -> list[TrackEvent]:
    return [entry.event for entry in noted.read(100, 0)]


def test_the_pixel_notes_an_open(
    reader: FlaskClient, ids: dict[str, int], noted: TrackStream, workspace: Place
) -> None:
    answer = reader.get(f"/t/o/{ids['token']}.gif")
    assert (answer.status_code, answer.mimetype, answer.data[:6]) == (200, "image/gif", b"GIF89a")
    assert "no-store" in answer.headers["Cache-Control"]
    (event,) = events(noted)
    assert (event.tenant_id, event.mailing_id, event.seq, event.kind) == (workspace.id, ids["mailing_id"], 1, "open")
    assert (event.human, event.network, event.user_agent) == (True, "203.0.113.0/24", PERSON)


def test_a_click_leads_to_the_stored_target_only(reader: FlaskClient, ids: dict[str, int], noted: TrackStream) -> None:
    answer = reader.get(f"/t/c/{ids['token']}/1?url=https://evil.example/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.com/story")
    assert "no-store" in answer.headers["Cache-Control"]
    assert [(e.kind, e.link) for e in events(noted)] == [("click", 1)]


def test_a_link_that_is_not_in_the_mail_leads_nowhere(
    reader: FlaskClient, ids: dict[str, int], noted: TrackStream
) -> None:
    assert reader.get(f"/t/c/{ids['token']}/99").status_code == 404
    assert events(noted) == []


def test_merge_tags_in_a_target_are_filled_and_cannot_leave_their_place(
    reader: FlaskClient, ids: dict[str, int], workspace: Place
) -> None:
    with workspace.inside():
        db.session.execute(sa.update(Contact).values(name="김 철수/../?a=b#c"))
        db.session.add_all([
            MailingLink(mailing_id=ids["mailing_id"], number=2, url="https://example.com/hi?n={{name}}"),
            MailingLink(mailing_id=ids["mailing_id"], number=3, url="{{name}}"),
        ])  # fmt: skip
    answer = reader.get(f"/t/c/{ids['token']}/2")
    name = "%EA%B9%80%20%EC%B2%A0%EC%88%98%2F..%2F%3Fa%3Db%23c"
    assert answer.headers["Location"] == f"https://example.com/hi?n={name}"
    assert reader.get(f"/t/c/{ids['token']}/3").status_code == 404


def test_the_link_that_nobody_sees_is_followed_by_machines(
    reader: FlaskClient, ids: dict[str, int], noted: TrackStream
) -> None:
    assert reader.get(f"/t/h/{ids['token']}").status_code == 204
    assert [(e.kind, e.human, e.reason) for e in events(noted)] == [("trap", False, "honeypot")]
    assert reader.get("/t/h/forged").status_code == 404


def test_the_language_of_the_reader_is_noted(reader: FlaskClient, ids: dict[str, int], noted: TrackStream) -> None:
    reader.get(f"/t/o/{ids['token']}.gif", headers={"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"})
    assert [e.language for e in events(noted)] == ["ko"]


def test_a_head_request_is_a_machine(reader: FlaskClient, ids: dict[str, int], noted: TrackStream) -> None:
    assert reader.head(f"/t/c/{ids['token']}/1").status_code == 302
    assert [(e.human, e.reason) for e in events(noted)] == [(False, "head")]


@pytest.mark.parametrize("path", ["/t/o/{}.gif", "/t/c/{}/1", "/t/u/{}", "/t/v/{}"])
def test_a_token_of_another_workspace_opens_nothing(
    path: str, other_workspace: Place, ids: dict[str, int], noted: TrackStream
) -> None:
    stranger = other_workspace.anonymous()
    assert stranger.get(path.format(ids["token"])).status_code == 404
    forged = recipient_token(other_workspace.id, ids["mailing_id"], 1)
    if not path.startswith("/t/o"):
        assert stranger.get(path.format(forged)).status_code == 404
    assert events(noted) == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_altered_token_is_refused(reader: FlaskClient, ids: dict[str, int], data: st.DataObject) -> None:
    raw = bytearray(urlsafe_b64decode(str(ids["token"]) + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    forged = urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert reader.get(f"/t/o/{forged}.gif").status_code == 404


def state(place: Place) -> str:
    with place.inside():
        return str(db.session.scalars(sa.select(Subscription.state)).one())


def unsubscribers(place: Place) -> int:
    with place.inside():
        return int(db.session.scalar(sa.select(sa.func.sum(MailingReaction.unsubscribers))) or 0)


def test_asking_about_unsubscribing_changes_nothing(reader: FlaskClient, ids: dict[str, int], workspace: Place) -> None:
    page = reader.get(f"/t/u/{ids['token']}")
    assert page.status_code == 200
    assert "Daily" in page.text
    assert "R•••@example.com" in page.text
    assert "Reader@example.com" not in page.text
    assert state(workspace) == "subscribed"


def test_the_page_unsubscribes_and_takes_it_back(reader: FlaskClient, ids: dict[str, int], workspace: Place) -> None:
    answer = reader.post(f"/t/u/{ids['token']}", follow_redirects=True)
    assert "You are unsubscribed" in answer.text
    assert (state(workspace), unsubscribers(workspace)) == ("unsubscribed", 1)
    answer = reader.post(f"/t/u/{ids['token']}/mistakes", follow_redirects=True)
    assert "You stay subscribed" in answer.text
    assert (state(workspace), unsubscribers(workspace)) == ("subscribed", 0)


def test_one_click_needs_no_cookie_and_no_csrf_token(
    reader: FlaskClient, ids: dict[str, int], workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(workspace.app.config, "WTF_CSRF_ENABLED", True)
    answer = reader.post(f"/t/u/{ids['token']}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert state(workspace) == "unsubscribed"
    with workspace.inside():
        event = db.session.scalars(sa.select(Event)).one()
        assert (event.kind, event.reason, event.human) == ("unsubscribe", "one_click", True)


def test_unsubscribing_twice_is_counted_once(reader: FlaskClient, ids: dict[str, int], workspace: Place) -> None:
    for _ in range(2):
        assert reader.post(f"/t/u/{ids['token']}").status_code == 303
    assert unsubscribers(workspace) == 1


def test_view_in_browser_shows_the_readers_own_mail_under_lock(
    reader: FlaskClient, ids: dict[str, int], noted: TrackStream
) -> None:
    answer = reader.get(f"/t/v/{ids['token']}")
    assert "Hello Reader" in answer.text
    assert f"/t/c/{ids['token']}/1" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert [e.kind for e in events(noted)] == ["view"]


def test_a_reader_is_served_while_redis_is_away(
    reader: FlaskClient, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "redis", lambda: Redis(port=1))
    assert reader.get(f"/t/o/{ids['token']}.gif").status_code == 200
    assert reader.get(f"/t/c/{ids['token']}/1").status_code == 302


def test_a_deleted_person_still_reaches_the_link(reader: FlaskClient, ids: dict[str, int], workspace: Place) -> None:
    with workspace.inside():
        db.session.execute(sa.delete(Contact))
    assert reader.get(f"/t/c/{ids['token']}/1").status_code == 302
    assert reader.get(f"/t/v/{ids['token']}").status_code == 200
    assert reader.get(f"/t/u/{ids['token']}").status_code == 200


def test_a_mail_that_is_gone_is_not_shown(reader: FlaskClient, ids: dict[str, int], workspace: Place) -> None:
    with workspace.inside():
        db.session.execute(sa.delete(Launch))
    assert reader.get(f"/t/v/{ids['token']}").status_code == 404
