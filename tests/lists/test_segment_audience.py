"""Audiences of lists and segments, without some: who is in them, who is left out and why, and what is frozen."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db import db
from app.core.errors import NotFound
from app.lists import queries, service
from app.lists.queries import AudienceCount
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.lists.segments.rules import Rule, matching
from app.lists.service import Person
from tests.support.workspaces import Place

KIM = {"of": {"all": [{"what": "name", "is": "starts", "value": ["Kim"]}]}}


def add(list_id: int, *names: str) -> list[int]:
    people = [Person(f"{name.lower().replace(' ', '.')}@example.com", name) for name in names]
    return [service.add_person(list_id, person, consent="asked").id for person in people]


def segment(condition: dict[str, Any], title: str = "Some") -> int:
    return saved.create(Rule(title, condition)).id


def names(who: Audience) -> list[str]:
    contacts = queries.contacts_with([row.contact_id for row in db.session.execute(queries.audience(who))])
    return sorted(contact.name for contact in contacts)


def test_lists_and_segments_are_one_audience_without_those_excluded(workspace: Place) -> None:
    with workspace.inside():
        news, sport, staff = (service.create_list("", title=title).id for title in ("News", "Sport", "Staff"))
        add(news, "Kim A", "Lee B")
        add(sport, "Kim C", "Park D")
        add(staff, "Lee B", "Kim E")
        who = Audience(lists=(news,), segments=(segment(KIM),), excluded_lists=(staff,))
        assert names(who) == ["Kim A", "Kim C"]
        assert queries.audience_count(who) == AudienceCount(2, 0, excluded=2)
        outside = Audience(lists=(news, sport), excluded_segments=(segment(KIM),))
        assert names(outside) == ["Lee B", "Park D"]


def test_nobody_of_a_segment_is_written_to_without_a_live_subscription(workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        ids = add(news, "Kim A", "Kim B", "Kim C")
        service.unsubscribe_contact(ids[0], [news], source="link")
        service.suppress_address("kim.b@example.com")
        who = Audience(segments=(segment(KIM),))
        assert names(who) == ["Kim C"]
        assert queries.audience_count(who) == AudienceCount(1, suppressed=1, unreachable=1)


def test_a_sample_takes_as_many_as_can_be_written_to_and_always_the_same(workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        ids = add(news, *(f"Kim {n:02}" for n in range(30)))
        service.move_subscriptions(ids[:15], queries.SubscriptionState.UNSUBSCRIBED, by="member")
        who = Audience(segments=(segment({**KIM, "sample": {"count": 10, "seed": 3}}),))
        assert len(names(who)) == 10
        assert names(who) == names(who)
        assert queries.audience_count(who).total == 10


def test_a_frozen_audience_keeps_the_rule_it_was_frozen_with(workspace: Place) -> None:
    with workspace.inside():
        news = service.create_list("", title="News").id
        add(news, "Kim A", "Lee B")
        number = segment(KIM)
        frozen = Audience.of(Audience(segments=(number,)).frozen().stored())
        changed = {"of": {"all": [{"what": "name", "is": "starts", "value": ["Lee"]}]}}
        saved.update(saved.segment(number), Rule("Others", changed), folder="")
        assert names(Audience(segments=(number,))) == ["Lee B"]
        assert names(frozen) == ["Kim A"]
        assert queries.audience_names(frozen).chosen == ["Some"]


def test_an_exclusion_that_cannot_be_found_stops_the_mail(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        number = segment(KIM)
    with other_workspace.inside():
        news = service.create_list("", title="News").id
        add(news, "Kim A")
        with pytest.raises(NotFound):
            queries.audience(Audience(lists=(news,), excluded_segments=(number,)))


def test_unsubscribing_from_a_mail_to_a_segment_is_about_every_list_of_the_person(workspace: Place) -> None:
    with workspace.inside():
        news, sport = (service.create_list("", title=title).id for title in ("News", "Sport"))
        (kim,) = add(news, "Kim A")
        assert queries.lists_to_leave(kim, [news, sport]) == (news, sport)
        assert queries.lists_to_leave(kim, []) == (news,)
        assert queries.lists_to_leave(kim, [sport]) == (news,)


def test_conditions_are_asked_of_named_contacts(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        ids = add(service.create_list("", title="News").id, "Kim A", "Lee B")
        assert matching(KIM, ids) == {ids[0]}
    with other_workspace.inside():
        assert matching(KIM, ids) == set()
        assert saved.segments() == []
