"""Ingest: events once each, and counts that a recount of the raw events confirms."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import db
from app.core.tenancy import tenant_scope
from app.sending.models import Launch
from app.tracking.models import (
    ClientReaction,
    Event,
    HourReaction,
    LinkReaction,
    MailingReaction,
    Reaction,
    TraitReaction,
)
from app.tracking.service import record_events
from app.tracking.stream import TrackEvent, new_key
from tests.support.mailings import make_list, schedule
from tests.support.workspaces import Place

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/138.0.0.0 Safari/537.36"
NOON = 1_770_000_000.0
MAILING = 7


def event(place: Place, seq: int, kind: str, *, at: float = NOON, **values: Any) -> TrackEvent:
    made = {"mailing_id": MAILING, "key": new_key(at)} | values
    return TrackEvent(tenant_id=place.id, seq=seq, kind=kind, at=at, **made)


def record(place: Place, *events: TrackEvent) -> int:
    with place.inside():
        return record_events(events)


def counts(place: Place, mailing_id: int = MAILING) -> dict[str, int]:
    with place.inside():
        row = db.session.scalars(sa.select(MailingReaction).where(MailingReaction.mailing_id == mailing_id)).one()
        return {
            c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in ("tenant_id", "mailing_id")
        }


def test_an_open_and_a_click_are_counted(workspace: Place) -> None:
    assert record(workspace, event(workspace, 1, "open"), event(workspace, 1, "click", link=2, at=NOON + 9)) == 2
    assert counts(workspace) == {
        "openers": 1, "clickers": 1, "unsubscribers": 0, "complainers": 0, "opens": 1, "clicks": 1,
        "machine_opens": 0, "machine_clicks": 0, "glanced": 0, "skimmed": 0, "studied": 0,
        "forwarders": 0,
    }  # fmt: skip


def test_an_event_delivered_twice_counts_once(workspace: Place) -> None:
    opened, clicked = event(workspace, 1, "open"), event(workspace, 1, "click", link=1)
    assert record(workspace, opened, opened, clicked) == 2
    assert record(workspace, clicked, opened) == 0
    assert counts(workspace)["opens"] == counts(workspace)["clicks"] == 1


def test_what_comes_after_the_end_of_counting_is_not_counted_but_leaving_is(workspace: Place) -> None:
    mailing_id = schedule(workspace, [make_list(workspace, ["reader@example.com"])], tracking_days=3)
    began = datetime.fromtimestamp(NOON, UTC)
    with workspace.inside():
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(started_at=began))
    day = 86_400.0
    in_time = event(workspace, 1, "open", mailing_id=mailing_id, at=NOON + 2.9 * day)
    late = event(workspace, 1, "click", mailing_id=mailing_id, at=NOON + 3.1 * day, link=1)
    gone = event(workspace, 1, "unsubscribe", mailing_id=mailing_id, at=NOON + 9 * day)
    elsewhere = event(workspace, 1, "open", at=NOON + 99 * day)
    assert record(workspace, in_time, late, gone, elsewhere) == 3
    told = counts(workspace, mailing_id)
    assert (told["opens"], told["clicks"], told["unsubscribers"]) == (1, 0, 1)
    assert counts(workspace)["opens"] == 1


def test_a_click_without_an_open_is_an_open_too(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "click", link=1))
    assert (counts(workspace)["openers"], counts(workspace)["opens"]) == (1, 0)


def test_the_first_time_stays_the_first_time(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "open", at=NOON))
    record(workspace, event(workspace, 1, "open", at=NOON + 60), event(workspace, 1, "open", at=NOON - 60))
    with workspace.inside():
        row = db.session.scalars(sa.select(Reaction)).one()
        assert (row.opened_at.timestamp(), row.opens) == (NOON - 60, 3)
    assert counts(workspace)["openers"] == 1


def test_machines_are_counted_beside_people(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "open", human=False), event(workspace, 1, "click", link=1, human=False))
    found = counts(workspace)
    assert (found["machine_opens"], found["machine_clicks"]) == (1, 1)
    assert (found["openers"], found["clickers"], found["opens"], found["clicks"]) == (0, 0, 0, 0)


def test_whoever_follows_many_links_within_a_second_is_a_scanner(workspace: Place) -> None:
    record(workspace, *(event(workspace, 1, "click", link=n, at=NOON + n / 10) for n in (1, 2, 3, 4)))
    found = counts(workspace)
    assert (found["clickers"], found["openers"], found["clicks"], found["machine_clicks"]) == (0, 0, 0, 4)
    with workspace.inside():
        assert set(db.session.scalars(sa.select(Event.reason))) == {"all_links_at_once"}


def test_a_scanner_is_found_out_even_when_its_clicks_come_in_pieces(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "open"), event(workspace, 1, "click", link=1, at=NOON + 5))
    record(workspace, event(workspace, 1, "click", link=2, at=NOON + 5.2))
    assert counts(workspace)["clicks"] == 2
    record(workspace, event(workspace, 1, "click", link=3, at=NOON + 5.4))
    found = counts(workspace)
    assert (found["openers"], found["clickers"], found["clicks"], found["machine_clicks"]) == (1, 0, 0, 3)
    assert_counts_are_true(workspace)


def test_whoever_follows_the_link_that_nobody_sees_is_a_scanner(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "click", link=1, at=NOON), event(workspace, 2, "click", link=1, at=NOON))
    record(workspace, event(workspace, 1, "trap", at=NOON + 30, human=False, reason="honeypot"))
    record(workspace, event(workspace, 1, "click", link=2, at=NOON + 80))
    found = counts(workspace)
    assert (found["clickers"], found["openers"], found["clicks"], found["machine_clicks"]) == (1, 1, 1, 2)
    assert_counts_are_true(workspace)
    record(workspace, event(workspace, 1, "click", link=2, at=NOON + 3600))
    assert counts(workspace)["clickers"] == 2
    with workspace.inside():
        reasons = db.session.execute(sa.select(TraitReaction.value, TraitReaction.clicks))
        assert dict(tuple(row) for row in reasons) == {"honeypot": 2}


def test_what_people_read_with_is_counted(workspace: Place) -> None:
    record(
        workspace,
        event(workspace, 1, "open", user_agent=IPHONE, language="ko"),
        event(workspace, 1, "click", link=1, at=NOON + 9, user_agent=f"{IPHONE} KAKAOTALK 25.6.1", language="ko"),
        event(workspace, 2, "open", user_agent=WINDOWS),
        event(workspace, 3, "open", user_agent=WINDOWS, human=False, reason="data_centre"),
    )
    with workspace.inside():
        assert counts_of(ClientReaction, MAILING) == {
            ("phone", "Safari", "iOS"): {"opens": 1, "clicks": 0},
            ("phone", "KakaoTalk", "iOS"): {"opens": 0, "clicks": 1},
            ("desktop", "Chrome", "Windows"): {"opens": 1, "clicks": 0},
        }
        assert counts_of(TraitReaction, MAILING) == {
            ("language", "ko"): {"opens": 1, "clicks": 1},
            ("machine", "data_centre"): {"opens": 1, "clicks": 0},
        }


def test_a_person_who_clicks_the_same_link_again_and_again_is_a_person(workspace: Place) -> None:
    record(workspace, *(event(workspace, 1, "click", link=1, at=NOON + n / 10) for n in range(5)))
    assert (counts(workspace)["clickers"], counts(workspace)["clicks"]) == (1, 5)


def test_an_unsubscribe_and_its_undoing_are_counted(workspace: Place) -> None:
    record(workspace, event(workspace, 1, "unsubscribe", at=NOON, reason="link"))
    assert counts(workspace)["unsubscribers"] == 1
    record(workspace, event(workspace, 1, "return", at=NOON + 5, reason="link"))
    assert counts(workspace)["unsubscribers"] == 0
    record(workspace, event(workspace, 1, "unsubscribe", at=NOON + 9, reason="one_click"))
    assert counts(workspace)["unsubscribers"] == 1
    assert_counts_are_true(workspace)


def test_another_workspace_sees_no_reaction(workspace: Place, other_workspace: Place) -> None:
    record(workspace, event(workspace, 1, "open", user_agent=IPHONE, language="ko"))
    with other_workspace.inside(), tenant_scope(other_workspace.id):
        for model in (Event, Reaction, MailingReaction, LinkReaction, HourReaction, ClientReaction, TraitReaction):
            found = db.session.scalar(
                sa.select(sa.func.count()).select_from(model).where(model.tenant_id == workspace.id)
            )
            assert found == 0


KINDS = st.sampled_from(["open", "open", "click", "click", "view", "unsubscribe", "return", "trap"])
EVENTS = st.tuples(st.integers(1, 4), KINDS, st.integers(1, 4), st.booleans(), st.integers(0, 40_000))
AGENTS = ("", IPHONE, WINDOWS)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=1, max_size=40), st.integers(1, 5), st.randoms(use_true_random=False))
def test_every_count_equals_a_recount(
    workspace: Place, drawn: list[tuple[int, str, int, bool, int]], pieces: int, chance: random.Random
) -> None:
    mailing = chance.randrange(10**9, 10**12)
    events = [
        event(
            workspace, seq, kind, at=NOON + tenths / 10, link=link if kind == "click" else 0,
            human=(human or kind in ("unsubscribe", "return")) and kind != "trap", mailing_id=mailing,
            user_agent=AGENTS[tenths % 3], language=("", "ko", "en")[tenths % 3], reason="" if human else "program",
        )
        for seq, kind, link, human, tenths in drawn
    ]  # fmt: skip
    for piece in range(pieces):
        record(workspace, *events[piece::pieces])
    record(workspace, *chance.sample(events, len(events) // 2))
    assert_counts_are_true(workspace, mailing)


def assert_counts_are_true(place: Place, mailing_id: int = MAILING) -> None:
    """Count everything again, in Python, from the raw events."""
    with place.inside():
        events = list(db.session.scalars(sa.select(Event).where(Event.mailing_id == mailing_id).order_by(Event.at)))
        people = [e for e in events if e.human]
        clicks = [e for e in events if e.kind == "click"]
        opened = {e.seq for e in people if e.kind in ("open", "view", "click")}
        assert counts_of(MailingReaction, mailing_id) == {
            (): {
                "openers": len(opened),
                "clickers": len({e.seq for e in clicks if e.human}),
                "unsubscribers": len(left(events)),
                **dict.fromkeys(("complainers", "glanced", "skimmed", "studied", "forwarders"), 0),
                "opens": sum(e.kind == "open" for e in people),
                "clicks": sum(e.human for e in clicks),
                "machine_opens": sum(e.kind == "open" and not e.human for e in events),
                "machine_clicks": sum(not e.human for e in clicks),
            }
        }
        assert counts_of(LinkReaction, mailing_id) == by(clicks, lambda e: (e.link,), {
            "clicks": lambda e: e.human, "machine_clicks": lambda e: not e.human})  # fmt: skip
        hours = by([e for e in people if e.kind in ("open", "click")], hour_of, {
            "opens": lambda e: e.kind == "open", "clicks": lambda e: e.kind == "click"})  # fmt: skip
        found = counts_of(HourReaction, mailing_id)
        assert {k: v for k, v in found.items() if any(v.values())} == hours
        assert_readers_are_true(mailing_id, events)
        rows = db.session.scalars(sa.select(Reaction).where(Reaction.mailing_id == mailing_id))
        assert {r.seq for r in rows if r.opened_at} == opened


def assert_readers_are_true(mailing_id: int, events: Sequence[Event]) -> None:
    what = {"opens": lambda e: e.kind == "open", "clicks": lambda e: e.kind == "click"}
    counted = [e for e in events if e.kind in ("open", "click")]
    people = [e for e in counted if e.human]
    clients = {k: v for k, v in counts_of(ClientReaction, mailing_id).items() if any(v.values())}
    assert clients == by(people, lambda e: (e.device, e.client, e.os), what)
    traits = {k: v for k, v in counts_of(TraitReaction, mailing_id).items() if any(v.values())}
    languages = by([e for e in people if e.language], lambda e: ("language", e.language), what)
    machines = by([e for e in counted if not e.human and e.reason], lambda e: ("machine", e.reason), what)
    assert traits == languages | machines


def hour_of(e: Event) -> tuple[Any, ...]:
    return (e.at.replace(minute=0, second=0, microsecond=0),)


def left(events: Sequence[Event]) -> set[int]:
    gone: dict[int, tuple[Any, str]] = {}
    for e in events:
        if e.kind in ("unsubscribe", "return"):
            gone[e.seq] = max(gone.get(e.seq, (e.at, "")), (e.at, "0" if e.kind == "unsubscribe" else "1"))
    return {seq for seq, (_, word) in gone.items() if word == "0"}


def by(events: Sequence[Event], key: Any, tests: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, int]]:
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(tests, 0))
    for e in events:
        for name, test in tests.items():
            found[key(e)][name] += bool(test(e))
    return dict(found)


def counts_of(model: Any, mailing_id: int) -> dict[tuple[Any, ...], dict[str, int]]:
    keys = {"tenant_id", "mailing_id", "number", "hour", "device", "client", "os", "trait", "value"}
    names = [c.name for c in model.__table__.columns]
    found = {}
    for row in db.session.scalars(sa.select(model).where(model.mailing_id == mailing_id)):
        own = tuple(getattr(row, n) for n in names if n in keys - {"tenant_id", "mailing_id"})
        found[own] = {n: getattr(row, n) for n in names if n not in keys}
    return found
