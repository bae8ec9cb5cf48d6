"""Every number equals a recount from the ledger and the events by a query of its own."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.cells import safe
from app.core.db import db
from app.reports import people as people_of
from app.reports import queries
from app.reports.people import Group, Wanted, counts
from app.sending.models import Delivery
from app.tracking.models import Event
from app.tracking.terms import EventKind
from app.web.strip import load_strip
from tests.reports.sample import Fate, begin, mailing
from tests.support.workspaces import Place

PEOPLE = (EventKind.OPEN, EventKind.VIEW, EventKind.CLICK)


def recount(mailing_id: int) -> dict[Group, set[int]]:
    """Who is in each group, told from the ledger's rows and the raw events alone."""
    rows = list(db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id == mailing_id)))
    events = list(db.session.scalars(sa.select(Event).where(Event.mailing_id == mailing_id, Event.human)))
    opened = {e.seq for e in events if e.kind in PEOPLE}
    delivered = {row.seq for row in rows if row.state == 2}
    return {
        Group.ALL: {row.seq for row in rows},
        Group.DELIVERED: delivered,
        Group.OPENED: opened,
        Group.CLICKED: {e.seq for e in events if e.kind == EventKind.CLICK},
        Group.UNOPENED: delivered - opened,
        Group.UNREACHED: {row.seq for row in rows if row.state in (3, 5)},
        Group.UNSUBSCRIBED: {e.seq for e in events if e.kind == EventKind.UNSUBSCRIBE},
        Group.GLANCED: set(), Group.SKIMMED: set(), Group.STUDIED: set(),
        Group.FORWARDED: {e.seq for e in events if e.kind == EventKind.FORWARD},
        Group.COMPLAINED: {e.seq for e in events if e.kind == EventKind.COMPLAINT},
        Group.WAITING: {row.seq for row in rows if row.state < 2},
        Group.CANCELLED: {row.seq for row in rows if row.state == 4},
    }


@pytest.mark.parametrize("fate", [Fate(), Fate(30, 17, 4, 9, 3)])
def test_counters_people_and_recount_agree(workspace: Place, fate: Fate) -> None:
    mailing_id = mailing(workspace, fate)
    with workspace.inside():
        truth = recount(mailing_id)
        shown = counts(queries.report(mailing_id))
        for group in Group:
            found = people_of.people(mailing_id, Wanted(group), count=1000)
            assert {person.seq for person in found} == truth[group], group
            assert shown[group] in (None, len(truth[group])), group


def test_people_come_in_pages_without_gap_or_repeat(workspace: Place) -> None:
    mailing_id = mailing(workspace, Fate(25, 20, 5, 11, 4))
    with workspace.inside():
        for group in Group:
            whole = [p.seq for p in people_of.people(mailing_id, Wanted(group), count=1000)]
            seen: list[int] = []
            while page := people_of.people(mailing_id, Wanted(group), after=seen[-1] if seen else 0, count=3):
                seen += [p.seq for p in page]
            assert seen == whole


def test_people_can_be_narrowed_to_a_link_a_bounce_class_or_one_person(workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        assert len(people_of.people(mailing_id, Wanted(link=1))) == 2
        assert people_of.people(mailing_id, Wanted(link=2)) == []
        full = people_of.people(mailing_id, Wanted(bounce="mailbox_full"))
        assert [p.bounce for p in full] == ["mailbox_full"]
        one = people_of.people(mailing_id, Wanted(contact_id=full[0].contact_id))
        assert [p.seq for p in one] == [full[0].seq]


def test_the_strip_tells_today(workspace: Place) -> None:
    mailing(workspace)
    begin(workspace, Fate(4, 0, 0, 0, 0), code="evening")
    with workspace.inside():
        strip = load_strip()
        assert (strip.waiting, strip.sent_today, strip.bounce_rate) == (1, 9, 3 / 12)
        accepted = db.session.scalar(sa.select(sa.func.count()).where(Delivery.state == 2))
        assert accepted == strip.sent_today


def test_the_month_counts_what_began_in_it(workspace: Place) -> None:
    mailing(workspace)
    with workspace.inside():
        start = clock.now().replace(day=1, hour=0, minute=0)
        assert queries.sent_since(start) == queries.Totals(1, 9)
        assert queries.sent_since(clock.now()) == queries.Totals(0, 0)


def rows(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:])))


def test_the_csv_holds_everybody_of_the_group(
    client: FlaskClient, workspace: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_of, "EXPORT_PAGE", 2)
    mailing_id = mailing(workspace)
    head, *body = rows(client.get(f"/reports/{mailing_id}/people.csv").text)
    assert head[:3] == ["E-mail address", "Name", "State"]
    assert [line[0] for line in body] == [f"reader{n}@daily.example.com" for n in range(1, 13)]
    assert [line[2] for line in body].count("Delivered") == 9
    opened = rows(client.get(f"/reports/{mailing_id}/people.csv?group=opened").text)
    assert len(opened) == 6


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert safe("김철수") == "김철수"
