"""The health of delivery: recounted from the ledger, judged by targets that are data."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.lists.models import Contact, Subscription
from app.reports import health
from app.reports.comparison import Rate
from app.reports.health import Provider, Target, Verdict, providers
from app.sending.models import Delivery, Launch
from tests.reports.sample import Fate, mailing
from tests.support.workspaces import Place


@pytest.fixture
def sent(workspace: Place) -> Place:
    mailing(workspace, Fate(20, 17, 3, 1, 0), code="naver")
    mailing(workspace, Fate(10, 10, 0, 1, 0), code="good")
    with workspace.inside():
        complainer = db.session.scalar(sa.select(Contact.id).where(Contact.address_key.like("%@naver.example.com")))
        query = sa.update(Subscription).where(Subscription.contact_id == complainer)
        db.session.execute(query.values(state="complained", changed_at=sa.func.now()))
    return workspace


def test_each_providers_numbers_are_those_of_the_ledger(sent: Place) -> None:
    with sent.inside():
        found = {each.name: each for each in providers(clock.now())}
        rows = db.session.execute(sa.select(Delivery.address, Delivery.state)).all()
    assert set(found) == {"naver.example.com", "good.example.com"}
    for name, each in found.items():
        states = [row.state for row in rows if row.address.endswith("@" + name)]
        assert (each.accepted, each.unreached) == (states.count(2), states.count(3) + states.count(5))
    assert found["naver.example.com"].complained == 1
    assert found["naver.example.com"].verdict is Verdict.BAD
    assert found["good.example.com"].verdict is Verdict.GOOD


def test_domains_of_one_provider_are_one(sent: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known = health.targets()
    monkeypatch.setitem(known.providers, "naver.example.com", "Naver")
    monkeypatch.setitem(known.providers, "good.example.com", "Naver")
    with sent.inside():
        (found,) = providers(clock.now())
    assert found == Provider("Naver", ("good.example.com", "naver.example.com"), 27, 3, 0, 1)


def test_what_is_older_than_the_weeks_looked_at_does_not_count(sent: Place) -> None:
    with sent.inside():
        db.session.execute(sa.update(Launch).values(started_at=clock.now() - timedelta(days=29)))
        assert providers(clock.now()) == []


@pytest.mark.parametrize(
    ("part", "verdict"),
    [(0, Verdict.GOOD), (20, Verdict.GOOD), (21, Verdict.WATCH), (50, Verdict.WATCH), (51, Verdict.BAD)],
)
def test_targets_judge(part: int, verdict: Verdict) -> None:
    assert Target(0.02, 0.05).verdict(Rate(part, 1000)) is verdict
    assert Target(0.02, 0.05).verdict(Rate(0, 0)) is Verdict.GOOD


def test_the_targets_file_is_whole() -> None:
    asked = health.targets()
    for target in (asked.bounce, asked.complaint, asked.deferral):
        assert 0 < target.good < target.bad < 1
    assert asked.providers["hanmail.net"] == "Kakao"
    assert all(domain == domain.lower() for domain in asked.providers)


def test_the_page_says_what_is_bad_and_what_to_do(client: FlaskClient, sent: Place) -> None:
    page = client.get("/statistics/deliverability").text
    assert "Something keeps your mail from arriving" in page
    assert "naver.example.com takes your mail worst: 15.0% of 20 did not arrive" in page
    assert "Clean the lists" in page
    rows = client.get("/statistics/deliverability?as=csv&table=1").text.splitlines()
    assert rows[1].startswith("naver.example.com,20,3,0.1500")
    assert client.get("/statistics/deliverability?as=xlsx").data.startswith(b"PK")


def test_a_number_leads_to_who_bounced_there(client: FlaskClient, sent: Place) -> None:
    page = client.get("/statistics/deliverability")
    link = next(part for part in page.text.split('"') if part.startswith("/segments/new?sql="))
    answer = client.get(unescape(link))
    assert answer.status_code == 200
    for number in (18, 19, 20):
        assert f"reader{number}@naver.example.com" in answer.text


def test_another_workspace_sees_nothing(other_client: FlaskClient, sent: Place) -> None:
    assert "Nothing was sent in the last 28 days." in other_client.get("/statistics/deliverability").text
