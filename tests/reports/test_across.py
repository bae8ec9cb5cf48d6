"""Mailings side by side, and one person through all of them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.core.db import db
from app.reports import person
from app.reports.comparison import Rate, wilson
from app.sending import service as sending
from app.sending.ledger import Answer
from app.sending.models import Delivery
from app.sending.terms import DeliveryState
from app.tracking.models import Event
from tests.reports.sample import Fate, begin, mailing
from tests.support.workspaces import Place


def test_wilson_agrees_with_published_values() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_an_interval_holds_its_rate(numbers: tuple[int, int]) -> None:
    low, high = wilson(*numbers)
    assert 0 <= low <= numbers[0] / numbers[1] + 1e-12
    assert numbers[0] / numbers[1] - 1e-12 <= high <= 1


def test_only_intervals_that_do_not_meet_are_a_difference() -> None:
    assert Rate(600, 1000).surely_above(Rate(400, 1000))
    assert not Rate(6, 10).surely_above(Rate(4, 10))
    assert not Rate(1, 2).surely_above(Rate(0, 0))


def test_the_comparison_shows_the_rates_of_the_mailings_chosen(client: FlaskClient, workspace: Place) -> None:
    first, second = mailing(workspace), mailing(workspace, Fate(12, 10, 2, 1, 0), code="evening")
    page = client.get(f"/comparison?ids={first}&ids={second}").text
    assert "too near to tell" in page
    assert "55.6%" in page
    assert "10.0%" in page
    assert "All together" in page
    assert "31.6%" in page  # 6 of 19


def test_less_than_two_mailings_are_a_question(client: FlaskClient, workspace: Place) -> None:
    first = mailing(workspace)
    assert "Choose two to five" in client.get("/comparison").text
    assert "Choose two to five" in client.get(f"/comparison?ids={first}&ids=x&ids=99999").text


def test_a_persons_page_tells_what_the_ledger_and_the_events_tell(client: FlaskClient, workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        row = db.session.scalars(sa.select(Delivery).where(Delivery.mailing_id == mailing_id, Delivery.seq == 1)).one()
        contact_id = row.contact_id
        events = db.session.scalars(sa.select(Event).where(Event.mailing_id == mailing_id, Event.seq == 1)).all()
        (mail,) = person.received(contact_id)
        assert sorted((act.at, act.kind) for act in mail.acts) == sorted((e.at, e.kind) for e in events)
        assert person.sum_of(contact_id) == person.Sum(1, 1, 1, 1)
    page = client.get(f"/people/{contact_id}").text
    assert "Clicked: the story" in page


@pytest.mark.parametrize(
    ("tls", "sentence"),
    [
        ("TLSv1.3 dane", "Encrypted (TLS 1.3), the server&#39;s certificate checked by DANE"),
        ("TLSv1.2 opportunistic", "Encrypted (TLS 1.2), the server&#39;s certificate not checked"),
        ("none", "Not encrypted"),
    ],
)
def test_a_persons_page_tells_how_the_mail_travelled(
    client: FlaskClient, workspace: Place, tls: str, sentence: str
) -> None:
    mailing_id = begin(workspace, Fate(1, 1, 0, 0, 0))
    with workspace.inside():
        sending.record_answers(mailing_id, [Answer(1, DeliveryState.ACCEPTED, clock.now(), code=250, tls=tls)])
        contact_id = db.session.scalar(sa.select(Delivery.contact_id).where(Delivery.mailing_id == mailing_id))
    assert sentence in client.get(f"/people/{contact_id}").text


def test_a_persons_mailings_come_in_pages(workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        contact_id = db.session.scalar(sa.select(Delivery.contact_id).where(Delivery.mailing_id == mailing_id).limit(1))
        assert contact_id is not None
        assert [mail.mailing_id for mail in person.received(contact_id, count=1)] == [mailing_id]
        assert person.received(contact_id, before=mailing_id) == []


def test_another_workspace_sees_neither(workspace: Place, other_client: FlaskClient, other_workspace: Place) -> None:
    first, second = mailing(workspace), mailing(workspace, code="evening")
    with workspace.inside():
        contact_id = db.session.scalar(sa.select(sa.func.max(Delivery.contact_id)))
    assert contact_id is not None
    assert other_client.get(f"/people/{contact_id}").status_code == 404
    assert "Choose two to five" in other_client.get(f"/comparison?ids={first}&ids={second}").text
    with other_workspace.inside():
        assert person.received(contact_id) == []


def test_the_contacts_page_leads_to_the_persons_mail(client: FlaskClient, workspace: Place) -> None:
    mailing_id = mailing(workspace)
    with workspace.inside():
        contact_id = db.session.scalar(sa.select(Delivery.contact_id).where(Delivery.mailing_id == mailing_id).limit(1))
    assert f'href="/people/{contact_id}"' in client.get(f"/contacts/{contact_id}").text
