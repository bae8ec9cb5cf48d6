"""Addresses, domains and the forgotten: who is never sent to, in SQL as in Python."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.db import db
from app.lists import queries, service, suppression
from app.lists.models import Contact
from app.lists.queries import AudienceCount
from app.lists.service import Person
from tests.support.workspaces import Place


def a_list_of(*addresses: str) -> int:
    list_id = service.create_list("", title="News").id
    for address in addresses:
        service.add_person(list_id, Person(address), consent="asked")
    return list_id


def audience_of(list_id: int) -> list[str]:
    return [address for _, address in db.session.execute(queries.audience(queries.Audience((list_id,))))]


@pytest.mark.parametrize(
    ("subdomains", "reached"), [(False, ["b@mail.bad.kr", "c@notbad.kr"]), (True, ["c@notbad.kr"])]
)
def test_a_whole_domain_gets_nothing(workspace: Place, subdomains: bool, reached: list[str]) -> None:
    with workspace.inside():
        list_id = a_list_of("a@bad.kr", "b@mail.bad.kr", "c@notbad.kr")
        service.suppress_domain("Bad.kr", subdomains=subdomains)
        assert audience_of(list_id) == reached
        assert queries.audience_count(queries.Audience((list_id,))) == AudienceCount(len(reached), 3 - len(reached))
        assert [row.suppressed for row in queries.members_of(list_id)] == [False, subdomains, True]
        covered = [queries.suppression_of(key) is not None for key in ("a@bad.kr", "b@mail.bad.kr", "c@notbad.kr")]
        assert covered == [True, subdomains, False]


def test_an_international_domain_is_met_however_it_is_written(workspace: Place) -> None:
    with workspace.inside():
        list_id = a_list_of("a@한글.kr", "b@xn--bj0bj06e.kr", "c@example.com")
        assert service.suppress_domain("@한글.kr").address_key == "@xn--bj0bj06e.kr"
        assert audience_of(list_id) == ["c@example.com"]


@pytest.mark.parametrize("text", ["", "example", "a b.kr", "-", "exa%mple.com"])
def test_what_is_no_domain_is_refused(workspace: Place, text: str) -> None:
    with workspace.inside(), pytest.raises(suppression.InvalidDomain):
        service.suppress_domain(text)


def test_the_forgotten_leave_a_mark_that_tells_nobody_who_they_were(workspace: Place) -> None:
    with workspace.inside():
        list_id = a_list_of("gone@example.com", "here@example.com")
        gone = queries.contact_by_address("gone@example.com")
        assert gone is not None
        service.delete_contacts([gone.id])
        (mark,) = queries.suppressions()
        assert mark.address_key == suppression.erased_key("gone@example.com")
        assert "gone" not in mark.address_key
        db.session.add(Contact(address="Gone@example.com", address_key="gone@example.com"))
        db.session.flush()
        back = queries.contact_by_address("gone@example.com")
        assert back is not None
        assert [found.reason for found in [queries.suppression_of("gone@example.com")] if found] == ["erased"]
        assert db.session.scalars(suppression.suppressed_people()).all() == [back.id]
        assert audience_of(list_id) == ["here@example.com"]


def test_the_mark_is_another_in_each_workspace(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        first = suppression.erased_key("a@example.com")
        said = db.session.scalar(sa.select(suppression.mark_of(sa.literal("a@example.com"))))
        assert said == first
    with other_workspace.inside():
        assert suppression.erased_key("a@example.com") != first
        service.suppress_domain("example.com")
    with workspace.inside():
        assert audience_of(a_list_of("a@example.com")) == ["a@example.com"]
