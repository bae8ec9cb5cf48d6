"""Conditions: every operator and any nesting, against an evaluation in plain Python; what is refused, and where."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.db import db
from app.lists import fields, service
from app.lists.fields import Wanted
from app.lists.segments import compiling, conditions
from app.lists.segments.compiling import anniversaries
from app.lists.segments.conditions import Unfit
from app.lists.segments.rules import Rule, kinds, people
from app.lists.segments.terms import FIXED, Kind
from app.lists.service import Person
from app.lists.states import FieldKind, SubscriptionState
from app.sending import service as sending
from app.sending.models import Delivery, MailingLink
from app.sending.states import must_move
from app.sending.terms import LaunchState
from app.tracking.models import Event, Reaction
from tests.support.mailings import make_list, schedule
from tests.support.workspaces import Place

TODAY = date(2026, 11, 23)
PEOPLE: list[dict[str, Any]] = [
    {"name": "Kim", "town": "Busan", "age": 30, "joined": "2026-11-20", "born": "11-30", "vip": True,
     "tags": ["a", "b"]},
    {"name": "Lee", "town": "busan 50%", "age": 30.5, "joined": "2025-12-01", "born": "02-29", "vip": False,
     "tags": ["b"]},
    {"name": "박민수", "town": "부산", "age": -1, "joined": "2026-12-01", "born": "01-02", "tags": []},
    {"name": "", "grade": "gold"},
    {"name": "Choi_", "town": "", "age": 0, "joined": "2026-11-23", "born": "11-23", "grade": "silver"},
]  # fmt: skip
FIELDS = {
    "town": FieldKind.TEXT, "age": FieldKind.NUMBER, "joined": FieldKind.DATE, "born": FieldKind.BIRTHDAY,
    "vip": FieldKind.YES_NO, "tags": FieldKind.CHOICES, "grade": FieldKind.CHOICE,
}  # fmt: skip


def town(person: dict[str, Any]) -> str:
    return str(person.get("town", "")).lower()


# What is asked → whom it means, by a function of our own.
TABLE: list[tuple[str, str, list[Any], Any]] = [
    ("field:town", "is", ["BUSAN"], lambda p: town(p) == "busan"),
    ("field:town", "is_not", ["busan"], lambda p: town(p) != "busan"),
    ("field:town", "one_of", ["부산, busan"], lambda p: town(p) in ("부산", "busan")),
    ("field:town", "contains", ["50%"], lambda p: "50%" in town(p)),
    ("field:town", "contains_not", ["u"], lambda p: "u" not in town(p)),
    ("field:town", "starts", ["bus"], lambda p: town(p).startswith("bus")),
    ("field:town", "ends", ["산"], lambda p: town(p).endswith("산")),
    ("field:town", "empty", [], lambda p: not town(p)),
    ("field:town", "filled", [], lambda p: bool(town(p))),
    ("name", "ends", ["_"], lambda p: p["name"].endswith("_")),
    ("name", "empty", [], lambda p: not p["name"]),
    ("field:age", "eq", [30], lambda p: p.get("age") == 30),
    ("field:age", "ne", [30], lambda p: p.get("age") != 30),
    ("field:age", "gt", ["30"], lambda p: "age" in p and p["age"] > 30),
    ("field:age", "ge", [30], lambda p: "age" in p and p["age"] >= 30),
    ("field:age", "lt", [0], lambda p: "age" in p and p["age"] < 0),
    ("field:age", "between", [0, 30], lambda p: "age" in p and 0 <= p["age"] <= 30),
    ("field:age", "empty", [], lambda p: "age" not in p),
    ("field:joined", "on", ["2026-11-23"], lambda p: p.get("joined") == "2026-11-23"),
    ("field:joined", "before", ["2026-11-23"], lambda p: "joined" in p and p["joined"] < "2026-11-23"),
    ("field:joined", "after", ["2026-11-20"], lambda p: "joined" in p and p["joined"] > "2026-11-20"),
    ("field:joined", "last_days", [3], lambda p: "2026-11-20" <= p.get("joined", "") <= "2026-11-23"),
    ("field:joined", "next_days", [10], lambda p: "2026-11-23" <= p.get("joined", "") <= "2026-12-03"),
    ("field:joined", "anniversary", [10], lambda p: p.get("joined", "")[5:] in ("11-23", "12-01")),
    ("field:joined", "in_month", [12], lambda p: p.get("joined", "")[5:7] == "12"),
    ("field:born", "anniversary", [45], lambda p: p.get("born") in ("11-30", "11-23", "01-02")),
    ("field:born", "on_day", ["02-29"], lambda p: p.get("born") == "02-29"),
    ("field:born", "in_month", ["11"], lambda p: p.get("born", "")[:2] == "11"),
    ("field:vip", "yes", [], lambda p: p.get("vip") is True),
    ("field:vip", "no", [], lambda p: p.get("vip") is False),
    ("field:vip", "empty", [], lambda p: "vip" not in p),
    ("field:tags", "has_any", ["a", "x"], lambda p: "a" in p.get("tags", [])),
    ("field:tags", "has_all", ["a", "b"], lambda p: {"a", "b"} <= set(p.get("tags", []))),
    ("field:tags", "has_none", ["a"], lambda p: "a" not in p.get("tags", [])),
    ("field:tags", "empty", [], lambda p: not p.get("tags")),
    ("field:grade", "any_of", ["gold", "x"], lambda p: p.get("grade") == "gold"),
    ("field:grade", "none_of", ["gold"], lambda p: p.get("grade") != "gold"),
]
LEAVES = [({"what": what, "is": op, "value": value}, means) for what, op, value, means in TABLE]


def naive(node: dict[str, Any], person: dict[str, Any]) -> bool:
    for leaf, means in LEAVES:
        if node == leaf:
            return bool(means(person))
    ((join, parts),) = node.items()
    met = [naive(part, person) for part in parts]
    return {"all": all(met), "any": any(met), "none": not any(met)}[join]


TREES = st.recursive(
    st.sampled_from([leaf for leaf, _ in LEAVES]),
    lambda parts: st.dictionaries(
        st.sampled_from(["all", "any", "none"]), st.lists(parts, min_size=1, max_size=3), min_size=1, max_size=1
    ),
    max_leaves=8,
)


@pytest.fixture
def crowd(workspace: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    today = compiling.Today(TODAY, ZoneInfo("Asia/Seoul"))
    monkeypatch.setattr("app.lists.segments.rules.today", lambda: today)
    with workspace.inside():
        for key, kind in FIELDS.items():
            fields.create_field(Wanted(key, kind, ["a", "b", "gold", "silver"]))
        list_id = service.create_list("", title="News").id
        for number, values in enumerate(PEOPLE):
            made = service.add_person(list_id, Person(f"p{number}@example.com", values["name"]), consent="asked")
            made.fields = {key: value for key, value in values.items() if key != "name"}
        db.session.flush()
    return workspace


def found(root: dict[str, Any]) -> set[str]:
    ids = people(Rule(condition={"of": root}))
    query = service.sa.select(service.Contact.address).where(service.Contact.id.in_(ids))
    return set(db.session.scalars(query))


def expected(root: dict[str, Any]) -> set[str]:
    return {f"p{number}@example.com" for number, person in enumerate(PEOPLE) if naive(root, person)}


def test_every_operator_means_what_it_says(crowd: Place) -> None:
    with crowd.inside():
        for leaf, _ in LEAVES:
            for join in ("all", "none"):
                assert found({join: [leaf]}) == expected({join: [leaf]}), leaf


def test_any_tree_means_what_python_says(crowd: Place) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def check(tree: dict[str, Any]) -> None:
        root = tree if "what" not in tree else {"all": [tree]}
        try:
            conditions.read({"of": root}, kinds())
        except Unfit:
            return
        assert found(root) == expected(root)

    with crowd.inside():
        check()


def test_engagement_counts_people_and_links_not_machines(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, [f"r{n}@example.com" for n in range(1, 5)])])
    with workspace.inside():
        must_move(mailing, LaunchState.LAUNCHING, started_at=clock.now())
        sending.launch_mailing(mailing)
        db.session.execute(service.sa.update(Delivery).values(state=2, answered_at=clock.now()))
        db.session.execute(service.sa.update(Delivery).where(Delivery.seq == 4).values(state=3, bounce="mailbox_full"))
        db.session.add_all([
            Reaction(mailing_id=mailing, seq=1, opened_at=clock.now(), clicked_at=clock.now(), opens=1, clicks=1),
            Reaction(mailing_id=mailing, seq=2, opened_at=clock.now(), opens=1),
            Event(key="a", mailing_id=mailing, seq=1, kind="click", link=1, human=True, at=clock.now()),
            Event(key="b", mailing_id=mailing, seq=3, kind="click", link=1, human=False, at=clock.now()),
        ])  # fmt: skip
        assert db.session.get(MailingLink, (workspace.id, mailing, 1)) is not None

        def who(what: str, op: str, *value: Any) -> set[int]:
            addresses = found({"all": [{"what": what, "is": op, "value": list(value)}]})
            return {int(address[1]) for address in addresses}

        assert who("sent", "mailing", mailing) == {1, 2, 3}
        assert who("opened", "ever") == who("opened", "last_days", 1) == who("opened", "some_of_last", 5) == {1, 2}
        assert who("opened", "none_of_last", 5) == {3}
        assert who("opened", "never") == {3, 4}
        assert who("clicked", "mailing", str(mailing)) == who("link", "any_of", f"{mailing}:1") == {1}
        assert who("link", "none_of", f"{mailing}:1") == {2, 3, 4}
        assert who("bounced", "any_of", "mailbox_full") == who("bounced", "ever") == {4}
        assert who("bounced", "any_of", "refused") == set()


def test_places_in_lists_and_consent(workspace: Place) -> None:
    with workspace.inside():
        news, sport = (service.create_list("", title=title).id for title in ("News", "Sport"))
        ids = [service.add_person(news, Person(f"p{n}@example.com"), consent="asked").id for n in range(3)]
        service.add_person(sport, Person("p2@example.com"), consent="asked")
        service.move_subscriptions(ids[:1], SubscriptionState.UNSUBSCRIBED, by="link")

        def who(what: str, op: str, *value: Any) -> set[int]:
            return {int(one[1]) for one in found({"all": [{"what": what, "is": op, "value": list(value)}]})}

        assert who("list", "subscribed") == {1, 2}
        assert who("list", "subscribed", sport) == {2}
        assert who("list", "not_subscribed", sport) == {0, 1}
        assert who("list", "unsubscribed", news) == {0}
        assert who("list", "not_listed", sport) == {0, 1}
        assert who("consent_source", "any_of", "member") == {0, 1, 2}
        assert who("consent_date", "last_days", 1) == {0, 1, 2}
        assert who("known_since", "not_last_days", 1) == set()
        assert who("domain", "is", "example.com") == {0, 1, 2}


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({"of": {"all": [{"what": "salary", "is": "is", "value": ["x"]}]}}, {"q.0": "unknown_target"}),
        ({"of": {"all": [{"what": "name", "is": "gt", "value": [3]}]}}, {"q.0": "unknown_operator"}),
        ({"of": {"all": [{"what": "name", "is": "is", "value": [" "]}]}}, {"q.0": "no_value"}),
        ({"of": {"all": [{"any": []}]}}, {"q.0": "empty_group"}),
        ({"of": {"all": [{"what": "known_since", "is": "on", "value": ["soon"]}]}}, {"q.0": "no_day"}),
        ({"of": {"all": [{"what": "known_since", "is": "last_days", "value": ["-1"]}]}}, {"q.0": "no_count"}),
        ({"of": {"all": [{"what": "list", "is": "subscribed", "value": ["1 OR 1"]}]}}, {"q.0": "no_option"}),
        ({"of": {"all": [{"what": "link", "is": "any_of", "value": ["3"]}]}}, {"q.0": "no_option"}),
        ({"of": {"all": [3]}}, {"q.0": "no_condition"}),
        ({"of": {"all": [], "any": []}}, {"q": "no_condition"}),
        ({"of": {"all": []}, "sample": {"percent": 200, "seed": 1}}, {"sample": "no_percent"}),
        ({"of": {"all": []}, "sample": {"count": "x", "seed": 1}}, {"sample": "no_number"}),
        ({"of": {"all": [{"what": "name", "is": "empty"}] * 101}}, {"q.99": "too_many", "q.100": "too_many"}),
    ],
    ids=range(13),
)
def test_what_is_no_condition_is_told_at_its_place(data: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(Unfit) as refused:
        conditions.read(data, FIXED)
    assert refused.value.faults == faults


def test_what_was_read_is_stored_as_it_was() -> None:
    inner = {"none": [{"what": "list", "is": "listed", "value": [3]}]}
    tree = {"any": [{"what": "name", "is": "is", "value": ["a"]}, inner]}
    assert conditions.stored(conditions.read({"of": tree}, FIXED).root) == tree
    assert FIXED["list"] is Kind.LIST


@pytest.mark.parametrize("day", [date(2026, 2, 20), date(2028, 2, 20), date(2026, 12, 20), TODAY], ids=str)
@pytest.mark.parametrize("days", [0, 8, 9, 30, 364])
def test_anniversaries_are_the_days_of_the_calendar(day: date, days: int) -> None:
    spans = anniversaries(day, days)
    whole = {f"{date(2024, 1, 1) + timedelta(n):%m-%d}" for n in range(366)}
    kept = {each for each in whole if any(first <= each <= last for first, last in spans)}
    wanted = {f"{day + timedelta(n):%m-%d}" for n in range(days + 1)}
    assert kept - {"02-29"} == wanted - {"02-29"}
    leap = (day + timedelta(days)).year == 2028
    assert ("02-29" in kept) == ("02-29" in wanted or (not leap and "02-28" in wanted))
