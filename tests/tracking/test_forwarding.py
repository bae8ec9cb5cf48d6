"""Sending a mail on to a friend: one letter, no address kept, nothing of the reader's in what the friend reads."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import notices
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.core.tokens import recipient_token
from app.core.unit import unit_of_work
from app.lists import service as lists
from app.reports import audit, queries
from app.tracking import forwarding
from app.tracking.models import Event, Reaction
from tests.reports.sample import HTML, mailing
from tests.support.workspaces import Place

PAGE = HTML + '<a href="{{forward_url}}">Send it on</a> <a href="{{unsubscribe_url}}">Leave</a>'


@pytest.fixture
def mailing_id(workspace: Place) -> int:
    made = mailing(workspace)
    with workspace.inside():
        db.session.execute(
            sa.text("UPDATE launches SET html = :html WHERE mailing_id = :mailing"), {"html": PAGE, "mailing": made}
        )
    return made


@pytest.fixture
def friend(workspace: Place) -> str:
    """An address that no other test writes to: what it gets is counted across workspaces."""
    return f"friend-of-{workspace.slug}@elsewhere.example"


@pytest.fixture
def page(workspace: Place, mailing_id: int) -> str:
    return f"/t/f/{recipient_token(workspace.id, mailing_id, 1)}"


def letters(place: Place) -> list[Notice]:
    with place.inside():
        found = list(db.session.scalars(sa.select(Notice).where(Notice.tenant_id == place.id, Notice.passing)))
        db.session.expunge_all()
        return found


def test_a_friend_gets_one_letter_with_a_link(
    anonymous: FlaskClient, client: FlaskClient, workspace: Place, mailing_id: int, page: str, friend: str
) -> None:
    assert "Today, reader" in anonymous.get(page).text
    answer = anonymous.post(page, data={"email": friend, "name": "Kim Chulsoo"}, follow_redirects=True)
    assert "It is on its way." in answer.text
    (letter,) = letters(workspace)
    assert (letter.address, letter.subject) == (friend, "Kim Chulsoo sends you: Today, reader")
    found = re.search(r"/t/w/[^\s\"<]+", letter.text)
    assert found
    read = anonymous.get(found[0])
    assert read.status_code == 200
    assert "Hello reader," in read.text
    assert "https://example.com/story" in read.text
    assert not re.search(r"/t/[ocurvf]/", read.text), "nothing in it is counted, and nobody can unsubscribe by it"
    assert read.headers["X-Robots-Tag"] == "noindex"
    with workspace.inside():
        (event,) = db.session.scalars(sa.select(Event).where(Event.kind == "forward"))
        assert (event.mailing_id, event.seq, event.human) == (mailing_id, 1, True)
        assert db.session.scalar(sa.select(Reaction.forwards).where(Reaction.seq == 1)) == 1
        assert queries.report(mailing_id).forwarders == 1
        assert audit.differences(mailing_id) == []
    assert "Sent it on" in client.get(f"/reports/{mailing_id}").text
    assert "reader1@daily.example.com" in client.get(f"/reports/{mailing_id}/people?group=forwarded").text


def test_the_address_is_forgotten_when_the_letter_has_left(
    anonymous: FlaskClient, workspace: Place, page: str, friend: str
) -> None:
    anonymous.post(page, data={"email": friend})
    (letter,) = letters(workspace)
    with workspace.dispatcher.site.app_context(), unit_of_work(), control_plane():
        notices.record_result(letter.id, accepted=True, reply="250 ok")
        db.session.flush()
    (left,) = letters(workspace)
    assert (left.address, left.html, left.text) == ("", "", "")


def test_one_reader_sends_few_and_one_friend_gets_few_from_anywhere(
    anonymous: FlaskClient, workspace: Place, mailing_id: int, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarding, "A_READER", 2)
    monkeypatch.setattr(forwarding, "A_FRIEND", 1)
    to = f"friend{workspace.id}@many.example"
    sent = [anonymous.post(page, data={"email": address}).status_code for address in (to, to, f"b{to}")]
    assert sent == [303, 422, 422]
    assert len(letters(workspace)) == 1
    other = f"/t/f/{recipient_token(workspace.id, mailing_id, 2)}"
    assert anonymous.post(other, data={"email": to}).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [{"email": ""}, {"email": "no address"}, {"email": "friend@elsewhere.example", "name": "see evil.example"},
     {"email": "friend@elsewhere.example", "name": "http://evil"}],
)  # fmt: skip
def test_what_cannot_be_sent_is_said_at_its_field(
    anonymous: FlaskClient, workspace: Place, page: str, typed: dict[str, str]
) -> None:
    answer = anonymous.post(page, data=typed)
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text
    assert letters(workspace) == []


def test_machines_and_whoever_wants_no_mail_get_nothing_and_the_same_thanks(
    anonymous: FlaskClient, workspace: Place, page: str, friend: str
) -> None:
    with workspace.inside():
        lists.suppress_address(friend)
    assert anonymous.post(page, data={"email": friend}).status_code == 303
    assert anonymous.post(page, data={"email": "x@y.example", "website": "spam"}).status_code == 303
    assert letters(workspace) == []
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).where(Event.kind == "forward")) == 0


def test_another_workspace_cannot_use_its_links(
    workspace: Place, other_workspace: Place, anonymous: FlaskClient, page: str, friend: str
) -> None:
    anonymous.post(page, data={"email": friend})
    (letter,) = letters(workspace)
    found = re.search(r"/t/w/[^\s\"<]+", letter.text)
    assert found
    stranger = other_workspace.anonymous()
    assert stranger.get(found[0]).status_code == 404
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, data={"email": friend}).status_code == 404
    assert letters(other_workspace) == []
    assert anonymous.get(f"{found[0][:-2]}xx").status_code == 404
