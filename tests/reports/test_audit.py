"""The nightly check: silent where counters are true, and says what differs where one is not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.unit import unit_of_work
from app.reports import audit, service
from app.reports.audit import Difference
from app.reports.models import CounterCheck
from tests.reports.sample import Fate, begin, mailing
from tests.reports.test_answers import story
from tests.support.workspaces import Place

DAY = date(2026, 7, 1)
NIGHT = datetime(2026, 7, 1, 18, 5, tzinfo=UTC)


def test_true_counters_differ_in_nothing(workspace: Place) -> None:
    done, under_way = mailing(workspace, Fate(30, 17, 4, 9, 3)), story(workspace, "evening")
    with workspace.inside():
        assert audit.recent_mailings(8) == [done, under_way]
        assert audit.differences(done) == []
        assert audit.differences(under_way) == []


@pytest.mark.parametrize(
    ("spoil", "counter"),
    [
        ("UPDATE launches SET accepted = accepted + 1", "accepted"),
        ("UPDATE mailing_reactions SET openers = openers + 1", "openers"),
        ("UPDATE minute_counts SET bounced = bounced + 1", "minutes.bounced"),
        ("UPDATE domain_counts SET accepted = accepted + 1", "domains.accepted"),
        ("UPDATE link_reactions SET clicks = clicks + 1", "links.clicks"),
        ("UPDATE hour_reactions SET opens = opens + 1", "hours.opens"),
        ("UPDATE bounce_counts SET people = people + 1 WHERE bounce = 'mailbox_full'", "bounces.mailbox_full"),
    ],
)
def test_a_counter_that_is_wrong_is_named_kept_and_logged(workspace: Place, spoil: str, counter: str) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        db.session.execute(sa.text(spoil))
        found = service.check_counters(DAY)
        assert {(each.mailing_id, each.counter) for each in found} == {(mailing_id, counter)}
        assert all(each.kept > each.counted for each in found)
    with workspace.inside():
        kept = db.session.scalars(sa.select(CounterCheck)).one()
        assert [Difference(**each) for each in kept.differences] == found
        assert (kept.day, kept.mailings) == (DAY, 1)


def test_a_lost_row_of_a_class_is_found_too(workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        db.session.execute(sa.text("DELETE FROM bounce_counts WHERE bounce = 'mailbox_full'"))
        assert audit.differences(mailing_id) == [Difference(mailing_id, "bounces.mailbox_full", 0, 1)]


def test_a_night_is_claimed_once_by_those_that_sent(workspace: Place, other_workspace: Place) -> None:
    begin(workspace, Fate(2, 0, 0, 0, 0))
    with workspace.dispatcher.site.app_context(), unit_of_work():
        assert workspace.id not in service.claim_checks(NIGHT.replace(hour=12))
        claimed = service.claim_checks(NIGHT)
        assert workspace.id in claimed
        assert other_workspace.id not in claimed
        assert workspace.id not in service.claim_checks(NIGHT)


def test_another_workspace_is_not_looked_into(workspace: Place, other_workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        db.session.execute(sa.text("UPDATE launches SET accepted = accepted + 1"))
    with other_workspace.inside():
        assert service.check_counters(clock.now().date()) == []
        assert audit.differences(mailing_id) == []
