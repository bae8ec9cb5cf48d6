"""From a report to its people: kept as a segment that means the same, and a draft for those who were missed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.compose.models import Mailing
from app.core.db import db
from app.lists import queries as lists
from app.lists.models import Segment, Subscription
from app.lists.recipients import Audience
from app.lists.segments.rules import Rule, people
from app.sending.models import Delivery
from app.tracking.models import Event
from tests.reports.sample import Fate, leave, mailing
from tests.support.workspaces import Place

# Group → who that is, from the ledger (a row), the people who opened, and those who clicked link 1.
GROUPS: dict[str, Callable[[Delivery, set[int], set[int]], bool]] = {
    "group=all": lambda d, opened, clicked: True,
    "group=delivered": lambda d, opened, clicked: d.state == 2,
    "group=opened": lambda d, opened, clicked: d.seq in opened,
    "group=clicked": lambda d, opened, clicked: d.seq in clicked,
    "group=clicked&link=1": lambda d, opened, clicked: d.seq in clicked,
    "group=unopened": lambda d, opened, clicked: d.state == 2 and d.seq not in opened,
    "group=unreached": lambda d, opened, clicked: d.state in (3, 5),
    "group=unreached&bounce=mailbox_full": lambda d, opened, clicked: d.bounce == "mailbox_full",
}


@pytest.fixture
def sent(workspace: Place) -> int:
    """One that is over, beside another one: what people did with that must not be mixed in."""
    mailing(workspace, Fate(6, 3, 3, 2, 1), code="other")
    return mailing(workspace)


def meant(place: Place, mailing_id: int, group: str) -> set[int]:
    """Recount from the ledger and the raw events."""
    with place.inside():
        rows = list(db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id == mailing_id)))
        events = list(db.session.scalars(sa.select(Event).where(Event.mailing_id == mailing_id, Event.human)))
        opened, clicked = {e.seq for e in events}, {e.seq for e in events if e.kind == "click"}
        return {row.contact_id for row in rows if GROUPS[group](row, opened, clicked)}


def latest_segment(place: Place) -> Segment:
    with place.inside():
        found = db.session.scalar(sa.select(Segment).order_by(Segment.id.desc()).limit(1))
        assert found is not None
        db.session.expunge(found)
        return found


def described(place: Place, segment: Segment) -> set[int]:
    with place.inside():
        return set(db.session.scalars(people(Rule(segment.title, segment.condition, segment.sql))))


@pytest.mark.parametrize("group", GROUPS)
def test_the_segment_means_the_people_of_the_report(
    group: str, client: FlaskClient, workspace: Place, sent: int
) -> None:
    assert "Make a segment of these" in client.get(f"/reports/{sent}/people?{group}").text
    answer = client.post(f"/reports/{sent}/segments?{group}")
    segment = latest_segment(workspace)
    assert answer.location.endswith(f"/segments/{segment.id}")
    assert client.get(answer.location).status_code == 200
    wanted = meant(workspace, sent, group)
    assert described(workspace, segment) == wanted
    assert wanted


def test_those_who_left_are_a_segment_too(client: FlaskClient, workspace: Place, sent: int) -> None:
    with workspace.inside():
        db.session.execute(sa.text("UPDATE reactions SET unsubscribed_at = now() WHERE mailing_id = :m AND seq = 1"),
                           {"m": sent})  # fmt: skip
    client.post(f"/reports/{sent}/segments?group=unsubscribed")
    assert len(described(workspace, latest_segment(workspace))) == 1


def draft_of(place: Place) -> Mailing:
    with place.inside():
        found = db.session.scalar(sa.select(Mailing).order_by(Mailing.id.desc()).limit(1))
        assert found is not None
        db.session.expunge(found)
        return found


def test_the_unopened_get_a_draft_that_asks_for_another_subject(
    client: FlaskClient, workspace: Place, sent: int
) -> None:
    assert "Send it to them again" in client.get(f"/reports/{sent}/people?group=unopened").text
    answer = client.post(f"/reports/{sent}/repeats?group=unopened")
    draft = draft_of(workspace)
    assert answer.location.endswith(f"/mailings/{draft.id}/mail")
    assert (draft.subject, draft.list_ids, draft.segment_ids) == ("", [], [latest_segment(workspace).id])
    assert audience(workspace, draft) == meant(workspace, sent, "group=unopened")


def audience(place: Place, draft: Mailing) -> set[int]:
    with place.inside():
        who = Audience(segments=tuple(draft.segment_ids))
        return {row.contact_id for row in db.session.execute(lists.audience(who))}


@pytest.mark.parametrize("group", ["group=unreached", "group=unreached&bounce=mailbox_full"])
def test_the_missed_get_the_same_mail_again(group: str, client: FlaskClient, workspace: Place, sent: int) -> None:
    with workspace.inside():
        db.session.execute(sa.update(Subscription).values(state="subscribed"))
        db.session.execute(sa.text("DELETE FROM suppressions"))
    client.post(f"/reports/{sent}/repeats?{group}")
    draft = draft_of(workspace)
    assert draft.subject == "Today, {{name|reader}}"
    assert audience(workspace, draft) == meant(workspace, sent, group)


@pytest.mark.parametrize("group", ["group=unopened", "group=unreached&bounce=mailbox_full"])
def test_who_left_the_list_since_gets_nothing_though_on_another_list(
    group: str, client: FlaskClient, workspace: Place, sent: int
) -> None:
    with workspace.inside():
        row = db.session.execute(
            sa.text("SELECT list_id FROM subscriptions s JOIN deliveries d USING (tenant_id, contact_id)"
                    " WHERE d.mailing_id = :m LIMIT 1"), {"m": sent}).one()  # fmt: skip
        other = db.session.scalar(sa.text("SELECT id FROM lists WHERE id <> :own"), {"own": row.list_id})
        db.session.execute(sa.text("DELETE FROM suppressions"))
        db.session.execute(sa.update(Subscription).values(state="subscribed"))
    leaver = min(meant(workspace, sent, group))
    with workspace.inside():
        db.session.add(Subscription(list_id=other, contact_id=leaver, state="subscribed"))
    leave(workspace, leaver, row.list_id)
    client.post(f"/reports/{sent}/repeats?{group}")
    assert audience(workspace, draft_of(workspace)) == meant(workspace, sent, group) - {leaver}


def test_who_got_it_is_not_sent_it_again(client: FlaskClient, sent: int) -> None:
    assert "Send it to them again" not in client.get(f"/reports/{sent}/people?group=opened").text
    assert client.post(f"/reports/{sent}/repeats?group=opened").status_code == 422


def test_another_workspace_makes_nothing_of_them(other_client: FlaskClient, other_workspace: Place, sent: int) -> None:
    assert other_client.post(f"/reports/{sent}/segments?group=opened").status_code == 404
    assert other_client.post(f"/reports/{sent}/repeats?group=unopened").status_code == 404
    with other_workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Segment)) == 0
