"""Who gets a mail, who does not, and the counters that say how many."""

from __future__ import annotations

from app.core.db import db
from app.lists import queries, service
from app.lists.recipients import Audience
from app.lists.service import Person
from app.lists.states import SubscriptionState
from tests.support.workspaces import Place


def people(list_id: int, *addresses: str) -> list[int]:
    return [service.add_person(list_id, Person(a, name=a[0].upper()), consent="asked").id for a in addresses]


def audience_of(*list_ids: int) -> list[str]:
    return [address for _, address in db.session.execute(queries.audience(Audience.of_lists(list_ids)))]


def test_somebody_on_two_lists_is_counted_once(workspace: Place) -> None:
    with workspace.inside():
        first, second = (service.create_list("", title=title).id for title in ("One", "Two"))
        people(first, "a@example.com", "b@example.com")
        people(second, "B@Example.com", "c@example.com")
        assert audience_of(first, second) == ["a@example.com", "b@example.com", "c@example.com"]
        assert queries.audience_count(Audience((first, second))) == queries.AudienceCount(3, 0)


def test_suppressed_and_departed_people_get_nothing(workspace: Place) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        ids = people(list_id, "a@example.com", "b@example.com", "c@example.com", "d@example.com")
        service.unsubscribe_contact(ids[0], [list_id], source="link")
        service.suppress_bounced([ids[1]])
        service.suppress_address("C@EXAMPLE.com", note="asked by telephone")
        assert audience_of(list_id) == ["d@example.com"]
        assert queries.audience_count(Audience((list_id,))) == queries.AudienceCount(1, 1)
        assert [contact.address for contact in queries.sample_contacts(Audience((list_id,)), 5)] == ["d@example.com"]


def test_counters_follow_every_move(workspace: Place) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        ids = people(list_id, *(f"p{n}@example.com" for n in range(5)))
        service.unsubscribe_contact(ids[0], [list_id], source="one_click")
        service.unsubscribe_contact(ids[0], [list_id], source="one_click")
        service.suppress_bounced(ids[1:3])
        service.delete_contacts([ids[3]])
        found = queries.contact_list(list_id)
        assert found is not None
        assert (found.subscribed, found.unsubscribed, found.bounced) == (1, 1, 2)
        assert found.unconfirmed == found.complained == 0


def test_a_bounce_ends_all_places_and_a_release_brings_them_back(workspace: Place) -> None:
    with workspace.inside():
        lists = [service.create_list("", title=title).id for title in ("One", "Two")]
        contact_id = [people(list_id, "a@example.com")[0] for list_id in lists].pop()
        service.suppress_bounced([contact_id])
        service.suppress_bounced([contact_id])
        assert {place.state for place in queries.places_of(contact_id)} == {SubscriptionState.BOUNCED}
        service.release_address("a@example.com")
        assert {place.state for place in queries.places_of(contact_id)} == {SubscriptionState.SUBSCRIBED}
        assert audience_of(*lists) == ["a@example.com"]


def test_unsubscribing_leaves_other_lists_alone(workspace: Place) -> None:
    with workspace.inside():
        lists = [service.create_list("", title=title).id for title in ("One", "Two")]
        contact_id = [people(list_id, "a@example.com")[0] for list_id in lists].pop()
        assert service.unsubscribe_contact(contact_id, [lists[0]], source="link") == 1
        assert service.unsubscribe_contact(contact_id, [lists[0]], source="link") == 0
        assert audience_of(lists[0]) == []
        assert audience_of(lists[1]) == ["a@example.com"]


def test_merge_values_hold_address_name_and_fields(workspace: Place) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        (contact_id,) = people(list_id, "a@example.com")
        contact = queries.contact(contact_id)
        assert contact is not None
        contact.fields = {"city": "서울"}
        db.session.flush()
        expected = {"email": "a@example.com", "name": "A", "city": "서울"}
        assert queries.contact_values([contact_id, 999_999_999]) == {contact_id: expected}


def test_another_workspace_sees_and_moves_nobody(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        (contact_id,) = people(list_id, "a@example.com")
        service.suppress_address("bad@example.com")
    with other_workspace.inside():
        assert audience_of(list_id) == []
        assert queries.audience_count(Audience((list_id,))) == queries.AudienceCount(0, 0)
        assert queries.contact(contact_id) is None
        assert queries.contact_list(list_id) is None
        assert queries.contact_values([contact_id]) == {}
        assert queries.suppressions() == []
        assert service.unsubscribe_contact(contact_id, [list_id], source="link") == 0
        assert service.delete_contacts([contact_id]) == 0
    with workspace.inside():
        assert audience_of(list_id) == ["a@example.com"]
