"""Rows move forward only, counts move with them, and the last final row ends the mailing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.billing import queries as billing
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.lists.models import Subscription, Suppression
from app.sending import feeding, queries, service
from app.sending.ledger import Answer
from app.sending.models import Delivery, Launch
from app.sending.states import NotInThatState
from app.sending.terms import DeliveryState, LaunchState
from tests.sending.test_launch import claim, launch, look
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

State = DeliveryState


def running(place: Place, count: int = 3) -> int:
    with place.inside():
        code = f"list-{db.session.scalar(sa.text('SELECT count(*) FROM lists'))}"
    mailing = schedule(place, [make_list(place, people(count, f"{code}.example.com"), code=code)])
    claim(place)
    launch(place, mailing)
    with place.inside():
        feeding.advance(mailing, 0, count)
    return mailing


def answer(seq: int, state: State, *, bounce: str = "") -> Answer:
    return Answer(seq, state, clock.now(), code=250, bounce=bounce, reply="2.0.0 ok", host="mx.example.com")


def say(place: Place, mailing: int, *answers: Answer) -> None:
    with place.inside():
        service.record_answers(mailing, answers)


def counts(place: Place, mailing: int) -> dict[str, int]:
    row = look(place, mailing)
    return {name: getattr(row, name) for name in ("accepted", "bounced", "cancelled", "expired", "deferred")}


def recount(place: Place, mailing: int) -> dict[str, int]:
    """The same numbers, counted from the ledger."""
    with place.inside():
        rows = db.session.execute(
            sa.select(Delivery.state, sa.func.count()).where(Delivery.mailing_id == mailing).group_by(Delivery.state)
        )
        found = {State(state).name.lower(): count for state, count in rows}
    return {name: found.get(name, 0) for name in ("accepted", "bounced", "cancelled", "expired", "deferred")}


def test_the_same_answer_twice_counts_once(workspace: Place) -> None:
    mailing = running(workspace)
    for _ in range(2):
        say(workspace, mailing, answer(1, State.ACCEPTED))
    assert counts(workspace, mailing)["accepted"] == 1


def test_a_final_row_never_goes_back(workspace: Place) -> None:
    mailing = running(workspace)
    say(workspace, mailing, answer(1, State.ACCEPTED))
    say(workspace, mailing, answer(1, State.DEFERRED), answer(1, State.BOUNCED))
    assert counts(workspace, mailing) == recount(workspace, mailing)
    assert counts(workspace, mailing)["accepted"] == 1


def test_finished_means_every_row_is_final(workspace: Place) -> None:
    mailing = running(workspace)
    say(workspace, mailing, answer(1, State.ACCEPTED), answer(2, State.BOUNCED, bounce="mailbox_full"))
    assert look(workspace, mailing).state == LaunchState.RUNNING
    say(workspace, mailing, answer(3, State.DEFERRED))
    assert look(workspace, mailing).state == LaunchState.RUNNING
    say(workspace, mailing, answer(3, State.ACCEPTED))
    done = look(workspace, mailing)
    assert done.state == LaunchState.FINISHED
    assert done.finished_at is not None
    assert (done.accepted, done.bounced, done.deferred) == (2, 1, 0)


def test_what_was_sent_is_settled_against_the_quota(workspace: Place) -> None:
    mailing = running(workspace)
    with workspace.inside():
        assert billing.usage(clock.now()).reserved == 3
    say(workspace, mailing, *(answer(n, State.ACCEPTED) for n in (1, 2)), answer(3, State.BOUNCED))
    with workspace.inside():
        month = billing.usage(clock.now())
    assert (month.reserved, month.sent) == (0, 2)


def test_an_unknown_user_is_not_written_to_again(workspace: Place) -> None:
    mailing = running(workspace, 2)
    say(workspace, mailing, answer(1, State.BOUNCED, bounce="user_unknown"), answer(2, State.BOUNCED, bounce="refused"))
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Suppression)) == 1
        states = sorted(db.session.scalars(sa.select(Subscription.state)))
    assert states == ["bounced", "subscribed"]


def test_who_may_be_there_later_is_written_to_again(workspace: Place) -> None:
    mailing = running(workspace, 2)
    soft = Answer(1, State.BOUNCED, clock.now(), code=550, bounce="user_unknown", hard=False)
    say(workspace, mailing, soft, answer(2, State.DEFERRED, bounce="user_unknown"))
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Suppression)) == 0


def test_cancelling_before_it_begins_makes_a_draft_of_it(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(3))])
    with workspace.inside():
        receipt = service.cancel(mailing)
    assert (receipt.draft, receipt.not_sent) == (True, 3)
    with workspace.inside():
        assert queries.launch(mailing) is None


def test_cancelling_in_the_middle_says_who_had_it_and_who_will_not(workspace: Place) -> None:
    mailing = schedule(workspace, [make_list(workspace, people(10))])
    claim(workspace)
    launch(workspace, mailing)
    with workspace.inside():
        feeding.advance(mailing, 0, 6)
    say(workspace, mailing, *(answer(n, State.ACCEPTED) for n in (1, 2, 3)))
    with workspace.inside():
        receipt = service.cancel(mailing)
    assert (receipt.sent, receipt.in_flight, receipt.not_sent, receipt.draft) == (3, 3, 4, False)
    assert look(workspace, mailing).state == LaunchState.CANCELLING
    say(workspace, mailing, answer(4, State.ACCEPTED), *(answer(n, State.CANCELLED) for n in (5, 6)))
    over = look(workspace, mailing)
    assert (over.state, over.accepted, over.cancelled) == (LaunchState.CANCELLED, 4, 6)
    assert counts(workspace, mailing) == recount(workspace, mailing)


def test_a_cancelled_mailing_that_redis_forgot_is_closed(workspace: Place) -> None:
    mailing = running(workspace, 4)
    say(workspace, mailing, answer(1, State.ACCEPTED), answer(2, State.DEFERRED))
    with workspace.inside():
        service.cancel(mailing)
        service.close_lost_cancellations(mailing, {"1-4"})
    assert look(workspace, mailing).state == LaunchState.CANCELLING
    with workspace.inside():
        service.close_lost_cancellations(mailing, set())
    assert look(workspace, mailing).state == LaunchState.CANCELLED
    assert counts(workspace, mailing) == recount(workspace, mailing)


def test_pause_stops_the_feeding_and_resume_goes_on(workspace: Place) -> None:
    mailing = running(workspace)
    with workspace.inside():
        service.pause(mailing)
        assert not feeding.is_running(mailing)
        assert feeding.advance(mailing, 0, 3) is None
        service.resume(mailing)
        assert feeding.is_running(mailing)


def test_what_is_over_can_be_neither_paused_nor_cancelled(workspace: Place) -> None:
    mailing = running(workspace, 1)
    say(workspace, mailing, answer(1, State.ACCEPTED))
    with workspace.inside():
        with pytest.raises(NotInThatState):
            service.pause(mailing)
        with pytest.raises(NotInThatState):
            service.cancel(mailing)
        with pytest.raises(NotFound):
            service.cancel(mailing + 1000)


def test_what_the_mta_lost_is_found_from_the_ledger(workspace: Place) -> None:
    mailing = running(workspace, 5)
    say(workspace, mailing, answer(1, State.ACCEPTED), answer(2, State.ACCEPTED))
    with workspace.inside():
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing).values(slice_size=2))
        assert [part.name for part in feeding.missing_slices(mailing, set())] == ["3-4", "5-5"]
        last = feeding.missing_slices(mailing, {"3-4"})
        assert [part.name for part in last] == ["5-5"]
        assert [row.seq for row in feeding.slice_of(mailing, last[0])] == [5]


steps = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(list(State)[1:])), max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=4))
def test_counts_are_the_ledger_whatever_is_said_in_whatever_order(
    workspace: Place, said: list[list[tuple[int, State]]]
) -> None:
    mailing = running(workspace, 6)
    for batch in said:
        say(workspace, mailing, *(answer(seq, state) for seq, state in batch))
    assert counts(workspace, mailing) == recount(workspace, mailing)
    final = sum(value for name, value in counts(workspace, mailing).items() if name != "deferred")
    assert (look(workspace, mailing).state == LaunchState.FINISHED) == (final == 6)


def test_the_ledger_is_the_tenants_own(workspace: Place, other_workspace: Place) -> None:
    mailing = running(workspace)
    with other_workspace.inside():
        assert queries.deliveries(mailing) == []
        service.record_answers(mailing, [answer(1, State.ACCEPTED)])
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Launch)) == 0
    assert counts(workspace, mailing)["accepted"] == 0
