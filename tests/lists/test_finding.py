"""People are found by any part of address or name, as they are now, in pages, in large lists as in small ones."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.lists import queries, service
from app.lists.finding import newest_with
from app.lists.models import Contact
from app.lists.service import Person
from tests.support.workspaces import Place


def names(text: str, **options: int) -> list[str]:
    return [contact.name for contact in queries.everybody(text=text, **options)]


def test_any_part_of_a_word_finds_and_every_word_must(workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        people = {"Hong.GD@example.com": "홍길동", "kim@naver.com": "김민수\nJr", "lee@x.kr": "Lee 50%"}
        for address, name in people.items():
            service.add_person(news, Person(address, name), consent="asked")
        assert names("길동") == names("g.gd") == names("HONG") == ["홍길동"]
        assert names("naver 민") == names("jr") == ["김민수\nJr"]
        assert names("50%") == ["Lee 50%"]
        assert names("naver 홍") == names("_") == []
        assert len(names("e")) == 3


def test_what_changes_is_found_as_it_is_now(workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        contact = service.add_person(news, Person("old@example.com", "Old"), consent="asked")
        service.update_contact(contact, Person("new@example.com", "New"))
        assert (names("old"), names("new@")) == ([], ["New"])
        service.delete_contacts([contact.id])
        assert names("new") == []


def test_pages_follow_each_other_without_a_gap(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SMALL_LIST", 0)
    with workspace.inside():
        news, sport = (service.create_list("", title=title).id for title in ("News", "Sport"))
        addresses = [f"p{n}@example.com" for n in range(200)]
        db.session.add_all(Contact(address=one, address_key=one, name=f"Reader {one}") for one in addresses)
        db.session.flush()
        for n in range(0, 200, 3):
            service.add_person(news, Person(f"p{n}@example.com"), consent="asked")
        seen: list[int] = []
        while page := newest_with("reader", before=seen[-1] if seen else None, count=33):
            seen += page
        assert len(seen) == len(set(seen)) == 200
        assert seen == sorted(seen, reverse=True)
        inside = queries.members_of(news, text="reader", count=200)
        assert [row.contact_id for row in inside] == sorted((row.contact_id for row in inside), reverse=True)
        assert len(inside) == 67
        assert queries.members_of(sport, text="reader") == []
        unsubscribed = queries.SubscriptionState.UNSUBSCRIBED
        assert queries.members_of(news, text="reader", state=unsubscribed) == []


def test_another_workspace_finds_nobody(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        service.add_person(news, Person("kim@example.com", "Kim"), consent="asked")
    with other_workspace.inside():
        assert names("kim") == []
