"""A mailing in parts: at a pace, by the recipients' own clocks, with variants, with a text changed on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.db import db
from app.lists.models import Contact
from app.sending import feeding, queries, service, waves
from app.sending.models import Launch, Wave
from app.sending.orders import OwnClocks, Pace, Trial, Variant
from app.sending.states import NotInThatState
from app.sending.terms import LaunchState, Measure
from tests.sending.test_launch import claim, launch
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

LINKED = '<p><a href="https://example.com/{}">{}</a></p>'


def parts(place: Place, mailing: int) -> list[tuple[int, int, int]]:
    with place.inside():
        return [(wave.after, wave.through, wave.content) for wave in queries.waves(mailing)]


def started(place: Place, mailing: int) -> Launch:
    assert claim(place) == [mailing]
    return launch(place, mailing)


def paced(per_hour: int | None, *, fed: int = 0, after: int = 0, hours: float = 0.0, size: int = 10) -> int:
    """Up to which number a mailing of 100 may be fed."""
    start = datetime(2026, 11, 23, tzinfo=UTC)
    running = Launch(per_hour=per_hour, paced_from=start, paced_after=after, fed_through=fed, slice_size=size)
    return waves.may_feed_through(running, Wave(after=0, through=100), start + timedelta(hours=hours))


def test_an_ordinary_mailing_is_one_wave(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(7))])
    started(workspace, mailing)
    assert parts(workspace, mailing) == [(0, 7, 0)]


@pytest.mark.parametrize(
    ("hours", "through"),
    [(0, 10), (0.49, 10), (0.5, 20), (1, 30), (4.4, 90), (4.5, 100), (99, 100)],
)
def test_a_pace_lets_whole_slices_go_in_their_time(hours: float, through: int) -> None:
    assert paced(20, hours=hours) == through


def test_without_a_pace_all_of_a_wave_may_go() -> None:
    assert paced(None) == 100


def test_a_pace_counts_anew_after_a_pause() -> None:
    assert paced(20, fed=40, after=40, hours=0) == 50


@given(per_hour=st.integers(1, 10**6), fed=st.integers(0, 10), hours=st.floats(0, 1000), size=st.integers(1, 50))
def test_a_pace_is_never_outrun_by_more_than_a_slice(per_hour: int, fed: int, hours: float, size: int) -> None:
    fed *= min(size, 9)
    through = paced(per_hour, fed=fed, after=fed, hours=hours, size=size)
    assert fed <= through <= 100
    assert through - fed <= per_hour * hours + size


def test_spreading_over_hours_makes_a_pace_of_the_audience(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(90))], pace=Pace(spread_hours=4))
    running = started(workspace, mailing)
    assert (running.per_hour, running.slice_size) == (23, 1)
    with workspace.inside():
        course = feeding.course(mailing)
    assert course is not None
    assert (course.fed_through, course.through) == (0, 1)


def test_a_pace_holds_slices_of_a_minute(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(5))], pace=Pace(per_hour=6_000))
    assert started(workspace, mailing).slice_size == 100


def set_zones(place: Place, zones: dict[str, str]) -> None:
    with place.inside():
        for address, zone in zones.items():
            of_one = sa.update(Contact).where(Contact.address_key == address)
            db.session.execute(of_one.values(fields={"zone": zone}))


def test_each_zone_gets_it_when_its_own_clocks_show_the_time(workspace: Place) -> None:
    listed = make_list(workspace, people(4))
    set_zones(workspace, {
        "reader1@example.com": "America/New_York", "reader2@example.com": "Asia/Seoul", "reader3@example.com": "none",
    })  # fmt: skip
    tomorrow = (clock.now() + timedelta(days=2)).replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0)
    mailing = schedule(workspace, [listed], own_clocks=OwnClocks("zone", tomorrow))
    started(workspace, mailing)
    with workspace.inside():
        rows = {row.seq: row.address for row in queries.deliveries(mailing)}
        due = [(wave.through, wave.due_at) for wave in queries.waves(mailing)]
    seoul = tomorrow.replace(tzinfo=ZoneInfo("Asia/Seoul"))
    new_york = tomorrow.replace(tzinfo=ZoneInfo("America/New_York"))
    assert due == [(3, seoul), (4, new_york)]
    assert rows[4] == "reader1@example.com"
    with workspace.inside():
        assert feeding.course(mailing) is None


def with_trial(place: Place, count: int, *, share: int = 20) -> int:
    trial = Trial(
        share, Measure.OPENS, 4, [Variant("B", LINKED.format("b", "b")), Variant("C", LINKED.format("c", "c"))]
    )
    mailing = schedule(
        place, [make_list(place, people(count))], html=LINKED.format("a", "a") + LINKED.format("z", "z"), trial=trial
    )
    started(place, mailing)
    return mailing


def test_a_trial_gives_each_variant_its_share_and_the_rest_waits(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    assert parts(workspace, mailing) == [(0, 4, 0), (4, 8, 1), (8, 12, 2), (12, 60, 0)]
    with workspace.inside():
        rest = queries.waves(mailing)[-1]
        assert rest.due_at is None
        assert sorted(row.address for row in queries.deliveries(mailing, count=100)) == sorted(people(60))
        assert [row.address for row in queries.deliveries(mailing, count=100)] != people(60)


def test_the_links_of_all_variants_have_numbers_of_their_own(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    with workspace.inside():
        found = {link.number: link.url for link in queries.links(mailing)}
    assert found == {
        1: "https://example.com/a", 2: "https://example.com/z", 3: "https://example.com/b", 4: "https://example.com/c",
    }  # fmt: skip


def test_a_variant_is_planned_with_its_own_subject_and_links(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    with workspace.inside():
        feeding.advance(mailing, 0, 4)
        course = feeding.course(mailing)
    assert course is not None
    assert (course.fed_through, course.through, course.content) == (4, 8, 1)
    assert dict(course.plan.headers)["Subject"] == ["B"]
    assert any("/3" in part for part in course.plan.mail.html if isinstance(part, str))


def test_the_decision_lets_the_rest_go_with_the_winner_once(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    with workspace.inside():
        feeding.advance(mailing, 0, 12)
        assert feeding.course(mailing) is None
        service.choose_content(mailing, 2)
    with workspace.inside():
        course = feeding.course(mailing)
        assert course is not None
        assert (course.through, course.content) == (60, 2)
        with pytest.raises(NotInThatState):
            service.choose_content(mailing, 1)


def test_a_trial_of_very_few_people_leaves_nobody_out(workspace: Place) -> None:
    mailing = with_trial(workspace, 2)
    assert parts(workspace, mailing) == [(0, 1, 0), (1, 2, 1)]


def test_a_text_changed_on_the_way_is_for_those_who_were_not_handed_over(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(9))], html=LINKED.format("a", "a"))
    started(workspace, mailing)
    with workspace.inside():
        feeding.advance(mailing, 0, 4)
        left = service.change_the_rest(mailing, Variant("Corrected", LINKED.format("b", "b")), None)
    assert left == 5
    assert parts(workspace, mailing) == [(0, 4, 0), (4, 9, 1)]
    with workspace.inside():
        before, after = waves.content_of(mailing, 4), waves.content_of(mailing, 5)
        assert before is None
        assert after is not None
        assert (after.subject, after.first_link) == ("Corrected", 2)


def test_what_is_over_cannot_be_changed(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, [])])
    assert started(workspace, mailing).state == LaunchState.FINISHED
    with workspace.inside(), pytest.raises(NotInThatState):
        service.change_the_rest(mailing, Variant("x", "<p>x</p>"), None)


def test_what_is_not_final_is_found_by_the_slices_it_was_handed_over_in(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    with workspace.inside():
        feeding.advance(mailing, 0, 8)
        running = queries.launch(mailing)
        assert running is not None
        assert [part.name for part in waves.unfinished_slices(running)] == ["1-4", "5-8"]
        assert [part.name for part in feeding.missing_slices(mailing, {"1-4"})] == ["5-8"]


def test_another_workspace_sees_none_of_it(workspace: Place, other_workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    with other_workspace.inside():
        assert queries.waves(mailing) == []
        assert queries.contents(mailing) == []


def test_parts_that_come_due_are_offered_to_the_feed(workspace: Place) -> None:
    mailing = with_trial(workspace, 60)
    assert offered(workspace) == set()
    with workspace.inside():
        feeding.advance(mailing, 0, 12)
        service.choose_content(mailing, 1)
    assert offered(workspace) == {(mailing, 12)}


def offered(place: Place) -> set[tuple[int, int]]:
    with place.dispatcher.site.app_context():
        return {(mailing, fed) for tenant, mailing, fed in waves.launches_to_feed() if tenant == place.id}
