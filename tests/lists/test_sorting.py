"""People by address, by name and by their coming, page by page; and that each address is one person."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.lists import queries, service
from app.lists.models import Contact
from app.lists.service import Person
from app.lists.sorting import Order, in_order
from app.lists.states import SubscriptionState
from tests.support.workspaces import Place

PEOPLE = [
    ("dora@example.com", "나영"),
    ("Anna@example.com", "하늘"),
    ("cem@example.com", "나영"),
    ("bob@example.com", "가람"),
    ("eve@example.com", ""),
    ("fay@example.com", ""),
]
BY = {
    Order.NEWEST: ["fay", "eve", "bob", "cem", "anna", "dora"],
    Order.OLDEST: ["dora", "anna", "cem", "bob", "eve", "fay"],
    Order.ADDRESS: ["anna", "bob", "cem", "dora", "eve", "fay"],
    Order.NAME: ["bob", "dora", "cem", "anna", "eve", "fay"],
}


def a_list() -> int:
    list_id = service.create_list("", title="News").id
    for address, name in PEOPLE:
        service.add_person(list_id, Person(address, name), consent="asked")
    return list_id


def local(address: str) -> str:
    return address.partition("@")[0].lower()


@pytest.mark.parametrize("order", list(Order), ids=str)
@pytest.mark.parametrize("small", [0, 20_000], ids=["walked", "gathered"])
def test_pages_follow_each_other_in_every_order(
    workspace: Place, order: Order, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SMALL_LIST", small)
    with workspace.inside():
        list_id = a_list()
        service.add_person(service.create_list("", title="Other").id, Person("zoe@example.com", "가"), consent="asked")
        everybody = [local(one.address) for one in queries.everybody(order=order)]
        assert [one for one in everybody if one != "zoe"] == BY[order]
        seen: list[str] = []
        before = None
        for _ in PEOPLE:
            (row,) = queries.members_of(list_id, order=order, before=before, count=1)
            seen, before = [*seen, local(row.address)], row.contact_id
        assert seen == BY[order]
        assert queries.members_of(list_id, order=order, before=before) == []
        left = queries.contact_by_address("cem@example.com")
        assert left is not None
        service.unsubscribe_contact(left.id, [list_id], source="link")
        live = queries.members_of(list_id, order=order, state=SubscriptionState.SUBSCRIBED)
        assert [local(row.address) for row in live] == [one for one in BY[order] if one != "cem"]


@pytest.mark.parametrize("order", list(Order), ids=str)
def test_a_page_is_walked_to_in_an_index(workspace: Place, order: Order) -> None:
    with workspace.inside():
        for address, name in PEOPLE[-2:]:
            last = service.add_person(
                service.create_list("", title=name or "News").id, Person(address), consent="asked"
            )
        query = sa.select(Contact).where(Contact.tenant_id == workspace.workspace.id).limit(10)
        said = in_order(query, order, last).compile(db.engines[None], compile_kwargs={"literal_binds": True})
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(db.session.connection().exec_driver_sql(f"EXPLAIN {said}").scalars())
        begins = re.search(r"Index Cond: .* [<>] ", plan)
        assert begins, plan
        assert "Sort" not in plan


def test_the_headings_order_and_order_back(workspace: Place, client: FlaskClient, other_client: FlaskClient) -> None:
    with workspace.inside():
        list_id = a_list()
    for path in ("/contacts", f"/lists/{list_id}"):
        assert f'href="{path}?sort=address"' in client.get(path).text
        page = client.get(f"{path}?sort=name").text
        assert ('aria-sort="ascending"' in page, f'<a href="{path}">' in page) == (True, True)
        assert page.index("bob@") < page.index("dora@") < page.index("cem@") < page.index("Anna@") < page.index("eve@")
        assert "?sort=" not in client.get(f"{path}?q=bob").text
    assert "bob@" not in other_client.get("/contacts?sort=name").text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("김철수@예시.한국", "김철수@xn--vv4b11d.xn--3e0b707e"),
        ("Ann@Bücher.example", "ann@xn--bcher-kva.example"),
        ("ANN@EXAMPLE.COM", "ann@example.com"),
    ],
    ids=["korean", "umlaut", "case"],
)
def test_two_ways_to_write_an_address_are_one_person(workspace: Place, first: str, second: str) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        one = service.add_person(list_id, Person(first), consent="asked")
        assert service.add_person(list_id, Person(second), consent="asked").id == one.id
        assert queries.contact_by_address(second.upper()) is one


@pytest.mark.parametrize(
    ("first", "second"), [("ann.lee@gmail.com", "annlee@gmail.com"), ("ann+news@gmail.com", "ann@gmail.com")]
)
def test_dots_and_tags_are_left_to_their_owner(workspace: Place, first: str, second: str) -> None:
    with workspace.inside():
        list_id = service.create_list("", title="News").id
        one, two = (service.add_person(list_id, Person(address), consent="asked") for address in (first, second))
        assert (one.id != two.id, one.address, two.address) == (True, first, second)
