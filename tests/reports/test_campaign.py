"""The summary of a campaign: its mailings, and its people counted once, recounted from the ledger and the events."""

from __future__ import annotations

from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.compose.models import Campaign, Mailing
from app.core.db import db
from app.reports import campaign
from app.sending.models import Delivery
from app.tracking.models import Event
from tests.reports.sample import Fate, answer, begin, mailing, react
from tests.support.workspaces import Place


@pytest.fixture
def told(workspace: Place) -> tuple[int, list[int]]:
    """A campaign of two mailings, one person in both, beside a mailing of no campaign and a draft of this one."""
    ids = [mailing(workspace), mailing(workspace, Fate(6, 5, 1, 2, 1), code="b")]
    mailing(workspace, Fate(4, 4, 0, 1, 1), code="other")
    with workspace.inside():
        shared = db.session.scalar(
            sa.select(Delivery.contact_id).where(Delivery.mailing_id == ids[0], Delivery.seq == 1)
        )
        twin = sa.update(Delivery).where(Delivery.mailing_id == ids[1], Delivery.seq == 5)
        db.session.execute(twin.values(contact_id=shared))
        made = Campaign(title="Autumn")
        db.session.add(made)
        db.session.flush()
        db.session.execute(sa.update(Mailing).where(Mailing.id.in_(ids)).values(campaign_id=made.id))
        db.session.add(Mailing(subject="Not yet", campaign_id=made.id))
        return made.id, ids


def test_each_person_counts_once(workspace: Place, told: tuple[int, list[int]]) -> None:
    _campaign_id, ids = told
    with workspace.inside():
        found = campaign.reach(ids)
        rows = list(db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id.in_(ids))))
        events = list(db.session.scalars(sa.select(Event).where(Event.mailing_id.in_(ids), Event.human)))
        who = {(row.mailing_id, row.seq): row.contact_id for row in rows}
        assert found.written_to == len(set(who.values())) == 17
        assert found.reached == len({row.contact_id for row in rows if row.state == 2})
        assert found.opened == len({who[e.mailing_id, e.seq] for e in events})
        assert found.clicked == len({who[e.mailing_id, e.seq] for e in events if e.kind == "click"})


def test_the_page_shows_its_mailings_and_their_sum(client: FlaskClient, told: tuple[int, list[int]]) -> None:
    campaign_id, ids = told
    page = client.get(f"/campaigns/{campaign_id}/report")
    assert page.status_code == 200
    assert "Not yet" not in page.text
    for mailing_id in ids:
        assert f'href="/reports/{mailing_id}"' in page.text
    rows = client.get(f"/campaigns/{campaign_id}/report?as=csv").text.splitlines()
    assert len(rows) == 4
    assert rows[-1].startswith("All together,,18,14,7,0.5000,3,")
    assert client.get(f"/campaigns/{campaign_id}/report?as=xlsx").data.startswith(b"PK")


def test_the_people_behind_a_step_can_be_looked_at(client: FlaskClient, told: tuple[int, list[int]]) -> None:
    page = client.get(f"/campaigns/{told[0]}/report").text
    links = [part for part in page.split('"') if part.startswith("/segments/new?sql=")]
    assert len(links) == 4
    for link, number in zip(links, (17, 13, 7, 3), strict=True):
        assert (
            f"<b>{number}</b>" in client.get(unescape(link)).text
            or f"{number} people" in client.get(unescape(link)).text
        )


def test_one_of_which_nothing_was_sent_says_so(client: FlaskClient, workspace: Place) -> None:
    with workspace.inside():
        made = Campaign(title="Winter")
        db.session.add(made)
        db.session.flush()
        campaign_id = made.id
    assert "None of its mails has been sent yet." in client.get(f"/campaigns/{campaign_id}/report").text


def test_one_that_runs_is_shown_as_far_as_it_is(client: FlaskClient, workspace: Place) -> None:
    mailing_id = begin(workspace, Fate())
    with workspace.inside():
        made = Campaign(title="Now")
        db.session.add(made)
        db.session.flush()
        campaign_id = made.id
        db.session.execute(sa.update(Mailing).values(campaign_id=campaign_id))
    assert "Nobody has it yet" in client.get(f"/campaigns/{campaign_id}/report").text
    answer(workspace, mailing_id, Fate())
    react(workspace, mailing_id, Fate())
    assert "5 of 9 people opened" in client.get(f"/campaigns/{campaign_id}/report").text


def test_another_workspace_sees_nothing(other_client: FlaskClient, told: tuple[int, list[int]]) -> None:
    assert other_client.get(f"/campaigns/{told[0]}/report").status_code == 404
