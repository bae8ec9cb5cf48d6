"""Counts by bounce class, minute and domain equal a recount of the ledger; another workspace sees none of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.reports.answers import MOST_POINTS, OVER_A_DAY, Minute, delivery_line, half_within
from app.sending import queries as sending
from app.sending import service
from app.sending.ledger import Answer
from app.sending.models import BounceCount, Delivery, DomainCount, Launch, MinuteCount
from app.sending.terms import WAIT_BOUNDS, DeliveryState
from tests.reports.sample import Fate, begin, mailing
from tests.support.workspaces import Place

ACCEPTED, BOUNCED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.BOUNCED, DeliveryState.DEFERRED


def story(place: Place, code: str = "daily") -> int:
    """A mailing whose answers come in three goes: deferrals, retries, repeats, over two minutes and an hour."""
    mailing_id = begin(place, Fate(total=12), code=code)
    with place.inside():
        db.session.execute(
            sa.text("UPDATE deliveries SET address = replace(address, '@', '@sub.') WHERE mailing_id = :m AND seq > 8"),
            {"m": mailing_id},
        )
        start = launch_of(mailing_id).started_at
    assert start is not None
    first = [Answer(seq, ACCEPTED, start + timedelta(seconds=5), code=250) for seq in (1, 2, 3)]
    first += [Answer(seq, DEFERRED, start + timedelta(seconds=7), code=451, reply="4.7.1 later") for seq in (4, 5, 9)]
    first += [bounce(6, start + timedelta(seconds=8), "mailbox_full"), bounce(10, start, "user_unknown")]
    then = [Answer(4, ACCEPTED, start + timedelta(minutes=2), attempt=2, code=250), *first]
    then += [Answer(5, DEFERRED, start + timedelta(minutes=2), attempt=2, code=451, reply="4.7.1 still later")]
    then += [bounce(9, start + timedelta(hours=2), "refused", attempt=3), bounce(11, start, "refused")]
    for answers in (first, then, then):
        with place.inside():
            service.record_answers(mailing_id, answers)
    return mailing_id


def bounce(seq: int, at: datetime, name: str, *, attempt: int = 1) -> Answer:
    return Answer(seq, BOUNCED, at, attempt=attempt, code=550, bounce=name, reply=f"5.1.1 {name}")


def launch_of(mailing_id: int) -> Launch:
    found = sending.launch(mailing_id)
    assert found is not None
    return found


def ledger_of(mailing_id: int) -> Sequence[Delivery]:
    return db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id == mailing_id)).all()


def test_bounces_by_class_equal_a_recount(workspace: Place) -> None:
    mailing_id = story(workspace)
    with workspace.inside():
        truth = Counter(row.bounce for row in ledger_of(mailing_id) if row.state == BOUNCED)
        assert sending.bounce_counts(mailing_id) == truth
        assert truth == {"mailbox_full": 1, "user_unknown": 1, "refused": 2}


def test_minutes_equal_a_recount(workspace: Place) -> None:
    mailing_id = story(workspace)
    with workspace.inside():
        truth = Counter(
            (row.answered_at.replace(second=0, microsecond=0), row.state)
            for row in ledger_of(mailing_id)
            if row.state in (ACCEPTED, BOUNCED) and row.answered_at
        )
        kept: Counter[tuple[datetime, int]] = Counter()
        for row in db.session.scalars(sa.select(MinuteCount).where(MinuteCount.mailing_id == mailing_id)):
            kept[row.minute, ACCEPTED] += row.accepted
            kept[row.minute, BOUNCED] += row.bounced
        assert +kept == truth


def test_domains_equal_a_recount(workspace: Place) -> None:
    mailing_id = story(workspace)
    with workspace.inside():
        start = launch_of(mailing_id).started_at
        assert start is not None
        truth: Counter[tuple[str, str]] = Counter()
        waits: Counter[tuple[str, int]] = Counter()
        for row in ledger_of(mailing_id):
            domain = row.address.rpartition("@")[2]
            truth[domain, DeliveryState(row.state).name.lower()] += row.state in (ACCEPTED, BOUNCED)
            truth[domain, "deferred"] += row.state == DEFERRED or row.attempts > 1
            if row.state in (ACCEPTED, BOUNCED) and row.answered_at:
                waited = (row.answered_at - start).total_seconds()
                waits[domain, sum(bound <= waited for bound in WAIT_BOUNDS)] += 1
        kept: Counter[tuple[str, str]] = Counter()
        kept_waits: Counter[tuple[str, int]] = Counter()
        for count in db.session.scalars(sa.select(DomainCount).where(DomainCount.mailing_id == mailing_id)):
            for name in ("accepted", "bounced", "deferred"):
                kept[count.domain, name] += getattr(count, name)
            kept_waits[count.domain, count.wait] += count.accepted + count.bounced
        assert +kept == +truth
        assert +kept_waits == waits


def test_another_workspace_has_no_counts_of_it(workspace: Place, other_workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with other_workspace.inside():
        assert sending.bounce_counts(mailing_id) == {}
        for model in (BounceCount, MinuteCount, DomainCount):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0


def test_counting_takes_the_clock_of_the_answer(workspace: Place) -> None:
    mailing_id = begin(workspace, Fate(total=1))
    at = clock.now() - timedelta(days=1)
    with workspace.inside():
        service.record_answers(mailing_id, [Answer(1, ACCEPTED, at)])
    with workspace.inside():
        assert db.session.scalars(sa.select(MinuteCount.minute)).one() == at.replace(second=0, microsecond=0)


def test_the_page_says_what_the_servers_answered(client: FlaskClient, workspace: Place) -> None:
    page = client.get(f"/reports/{story(workspace)}/delivery").text
    assert "sub.daily.example.com sent back the largest part: 3 of 3" in page
    assert "4.7.1 still later" in page
    assert "5.1.1 refused" in page
    assert "within 10 s" in page
    assert "<svg" in page


def test_the_line_of_a_long_delivery_has_few_points_and_loses_no_answer() -> None:
    start = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    found = [Minute(start + timedelta(minutes=n), 100, n % 3) for n in range(400)]
    found.append(Minute(start + timedelta(days=2), 3, 0))
    line = delivery_line(found, "Asia/Seoul")
    assert len(line.points) <= MOST_POINTS
    assert sum(point.answers for point in line.points) + line.later == sum(minute.answers for minute in found)
    assert line.points[0].at.hour == 18


def test_half_of_the_answers_is_told_by_the_bound_that_holds_it() -> None:
    assert half_within([0, 2, 5], [4, 1, 3]) == 10
    assert half_within([0, 2, 11], [1, 1, 9]) == OVER_A_DAY
    assert half_within([0], [0]) is None


def test_another_workspace_does_not_see_the_page(workspace: Place, other_client: FlaskClient) -> None:
    assert other_client.get(f"/reports/{mailing(workspace)}/delivery").status_code == 404
