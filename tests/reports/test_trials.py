"""A trial counts people, not machines, and the rest gets what they liked best."""

from __future__ import annotations

import time

from app.core import clock
from app.reports import trials
from app.sending import feeding, queries, service
from app.sending.ledger import Answer
from app.sending.terms import DeliveryState
from app.tracking import service as tracking
from app.tracking.stream import TrackEvent
from tests.sending.test_waves import with_trial
from tests.support.workspaces import Place


def opening(place: Place, mailing: int, seq: int, *, human: bool = True) -> TrackEvent:
    return TrackEvent(place.id, mailing, seq, "open", time.time(), f"{place.id}-{mailing}-{seq}", human=human)


def tried(place: Place) -> int:
    """Four people for each of A, B and C: one opened A, three B; all four of C's opens were machines'."""
    mailing = with_trial(place, 60)
    with place.inside():
        feeding.advance(mailing, 0, 12)
        service.record_answers(mailing, [Answer(seq, DeliveryState.ACCEPTED, clock.now()) for seq in range(1, 13)])
        people = [opening(place, mailing, seq) for seq in (1, 5, 6, 7)]
        machines = [opening(place, mailing, seq, human=False) for seq in (9, 10, 11, 12)]
        tracking.record_events([*people, *machines])
    return mailing


def test_each_variant_is_counted_by_the_people_who_opened_it(workspace: Place) -> None:
    mailing = tried(workspace)
    with workspace.inside():
        result = trials.result(mailing)
    assert result is not None
    assert [(one.letter, one.people, one.opened.part) for one in result.tried] == [
        ("A", 4, 1),
        ("B", 4, 3),
        ("C", 4, 0),
    ]
    assert result.best.letter == "B"
    assert not result.sure


def test_the_rest_gets_the_leader_once(workspace: Place) -> None:
    mailing = tried(workspace)
    with workspace.inside():
        trials.decide(mailing)
    with workspace.inside():
        trials.decide(mailing)
        rest = queries.waves(mailing)[-1]
        assert rest.content == 1
        assert rest.due_at is not None


def test_without_a_trial_there_is_no_result(workspace: Place, other_workspace: Place) -> None:
    mailing = tried(workspace)
    with other_workspace.inside():
        assert trials.result(mailing) is None
