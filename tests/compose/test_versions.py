"""What a mail said before: kept with each change, shown, compared, put back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.compose import history, queries
from app.compose.models import MailingVersion
from app.core.access import Role
from app.core.db import db
from tests.compose.conftest import Desk
from tests.compose.test_blocks import joined, save, words
from tests.support.workspaces import HostClient, Place


def kept(desk: Desk, mailing_id: int) -> list[MailingVersion]:
    """The versions, the oldest first."""
    with desk.place.inside():
        found = [history.version(mailing_id, each.id) for each in reversed(history.versions(mailing_id))]
        db.session.expunge_all()
        return found


def write(desk: Desk, mailing_id: int, text: str, client: HostClient | None = None) -> None:
    answer = save(client or desk.client, mailing_id, words(text), desk.mailing(mailing_id).version)
    assert answer.status_code == 200


def let_time_pass(desk: Desk, mailing_id: int) -> None:
    """As if all that was saved so far had been saved a while ago."""
    with desk.place.inside():
        earlier = MailingVersion.began_at - timedelta(minutes=6)
        db.session.execute(
            sa.update(MailingVersion).where(MailingVersion.mailing_id == mailing_id).values(began_at=earlier)
        )


@pytest.fixture
def mailing_id(desk: Desk) -> int:
    """A mail with two versions: what it was made with, and what was written later."""
    made = desk.draft(document=words("First words"), html="<p>First words</p>", author_id=desk.place.member_id)
    write(desk, made, "First words")
    let_time_pass(desk, made)
    write(desk, made, "Second words")
    return made


def test_what_a_mail_said_before_its_first_change_is_a_version(desk: Desk) -> None:
    made = desk.draft(html="<p>From the start</p>")
    desk.client.post(f"/mailings/{made}/body", data={"html": "<p>Other</p>", "version": "1"})
    assert [each.html for each in kept(desk, made)] == ["<p>From the start</p>", "<p>Other</p>"]
    assert kept(desk, made)[-1].author_id == desk.place.member_id


def test_what_one_person_saves_in_a_sitting_is_one_version(desk: Desk, mailing_id: int) -> None:
    before = kept(desk, mailing_id)
    write(desk, mailing_id, "Third words")
    write(desk, mailing_id, "Fourth words")
    now = kept(desk, mailing_id)
    assert [each.id for each in now] == [each.id for each in before]
    assert [each.document for each in now[-2:]] == [words("First words"), words("Fourth words")]
    let_time_pass(desk, mailing_id)
    write(desk, mailing_id, "Fifth words")
    assert len(kept(desk, mailing_id)) == len(before) + 1


def test_somebody_else_begins_a_version_and_an_unchanged_text_none(desk: Desk, mailing_id: int) -> None:
    before = kept(desk, mailing_id)
    write(desk, mailing_id, "Words of Mina", joined(desk.place, "Mina", Role.EDITOR))
    write(desk, mailing_id, "Words of Mina")
    now = kept(desk, mailing_id)
    assert len(now) == len(before) + 1
    assert now[-2].document == words("Second words")
    assert "Mina" in desk.client.get(f"/mailings/{mailing_id}/versions").text


def test_blocks_outlive_a_mail_made_html_at_once(desk: Desk, mailing_id: int) -> None:
    desk.client.post(f"/mailings/{mailing_id}/html")
    *_rest, blocks, html = kept(desk, mailing_id)
    assert (blocks.document, html.document) == (words("Second words"), None)


def test_oldest_versions_are_forgotten(desk: Desk, mailing_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    for number in range(4):
        let_time_pass(desk, mailing_id)
        write(desk, mailing_id, f"Edition {number}")
    said: list[Any] = [each.document for each in kept(desk, mailing_id)]
    assert said == [words("Edition 1"), words("Edition 2"), words("Edition 3")]


def test_going_back_is_a_version_of_its_own_and_loses_nothing(desk: Desk, mailing_id: int) -> None:
    before = kept(desk, mailing_id)
    first = next(each for each in before if each.document == words("First words"))
    answer = desk.client.post(f"/mailings/{mailing_id}/versions/{first.id}/restorations")
    assert answer.location.endswith(f"/mailings/{mailing_id}/body")
    now = kept(desk, mailing_id)
    assert [each.document for each in now[:-1]] == [each.document for each in before]
    assert now[-1].document == words("First words")
    assert "First words" in desk.mailing(mailing_id).html


def test_version_is_shown_as_it_was_and_compared_word_by_word(desk: Desk, mailing_id: int) -> None:
    first, *_between, last = kept(desk, mailing_id)
    url = f"/mailings/{mailing_id}/versions/{first.id}"
    assert f'src="{url}/mail"' in desk.client.get(url).text
    frame = desk.client.get(f"{url}/mail")
    assert "First words" in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    compared = desk.client.get(f"{url}?against={last.id}").text
    assert '<del class="text-danger">First</del><ins class="text-success">Second</ins> words' in compared


def test_what_was_sent_is_not_changed_any_more(desk: Desk, mailing_id: int) -> None:
    first = kept(desk, mailing_id)[0]
    desk.send(mailing_id)
    before = desk.mailing(mailing_id).html
    desk.client.post(f"/mailings/{mailing_id}/versions/{first.id}/restorations")
    assert desk.mailing(mailing_id).html == before


def test_versions_are_linked_from_both_ways_to_write(desk: Desk, mailing_id: int) -> None:
    link = f'href="/mailings/{mailing_id}/versions"'
    assert link in desk.client.get(f"/mailings/{mailing_id}/body").text
    desk.client.post(f"/mailings/{mailing_id}/html")
    assert link in desk.client.get(f"/mailings/{mailing_id}/body").text


def test_others_see_and_restore_nothing(desk: Desk, mailing_id: int, other_workspace: Place) -> None:
    other, first = other_workspace.client(), kept(desk, mailing_id)[0]
    url = f"/mailings/{mailing_id}/versions"
    for path in (url, f"{url}/{first.id}", f"{url}/{first.id}/mail"):
        assert other.get(path).status_code == 404
    assert other.post(f"{url}/{first.id}/restorations").status_code == 404
    with other_workspace.inside():
        assert history.versions(mailing_id) == []


def test_version_of_another_mail_is_not_found(desk: Desk, mailing_id: int) -> None:
    second, first = desk.draft(), kept(desk, mailing_id)[0]
    assert desk.client.get(f"/mailings/{second}/versions/{first.id}").status_code == 404
    with desk.place.inside():
        assert queries.mailing(second).html
