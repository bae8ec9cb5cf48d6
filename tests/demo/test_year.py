"""The demonstration's year: the same each time, lived through the ledger and the ingest, and true when recounted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import demo
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.demo import readers
from app.demo.year import Lived, Scale, seed_year
from app.dispatch import Dispatcher
from app.lists.models import ListDay
from app.reports import audit
from app.sending.models import Delivery, Launch
from app.sending.terms import DeliveryState
from app.tenants.models import Tenant
from app.tracking.models import Event
from config.settings import Settings

SMALL = Scale(days=4, first_readers=40, last_readers=60)


@pytest.fixture(scope="module")
def lived(settings: Settings, dispatcher: Dispatcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    password = tmp_path_factory.mktemp("demo") / "password"
    Path(password).write_text("only for this test")
    os.environ["MESSAGEPARK_DEMO_PASSWORD_FILE"] = str(password)
    yield seed_year(settings, SMALL, say=lambda _line: None)
    with dispatcher.site.app_context():
        demo.remove()
    del os.environ["MESSAGEPARK_DEMO_PASSWORD_FILE"]


@pytest.fixture
def newspaper(dispatcher: Dispatcher, lived: Lived) -> Iterator[Lived]:
    with dispatcher.site.app_context():
        with control_plane(), unit_of_work():
            tenant_id = db.session.scalar(sa.select(Tenant.id).where(Tenant.slug == demo.SLUG))
        assert tenant_id is not None
        with tenant_scope(tenant_id), unit_of_work():
            yield lived


def test_it_tells_what_is_there(newspaper: Lived) -> None:
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == newspaper.events > 100
    begun = sa.select(sa.func.count(), sa.func.sum(Launch.total)).where(Launch.started_at.is_not(None))
    assert tuple(db.session.execute(begun).one()) == (newspaper.mailings, newspaper.mails)


def test_every_counter_is_that_of_the_ledger_and_the_events(newspaper: Lived) -> None:
    mailings = db.session.scalars(sa.select(Launch.mailing_id).where(Launch.started_at.is_not(None))).all()
    assert newspaper.mailings == len(mailings)
    assert [difference for mailing_id in mailings for difference in audit.differences(mailing_id)] == []


def test_nothing_happens_before_its_mailing_or_after_now(newspaper: Lived) -> None:
    early = sa.select(sa.func.count()).select_from(Event).join(Launch, Launch.mailing_id == Event.mailing_id)
    assert db.session.scalar(early.where(Event.at < Launch.started_at)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event).where(Event.at > sa.func.now())) == 0
    assert newspaper.events


def test_readers_come_over_time_and_each_edition_goes_to_those_of_its_day(newspaper: Lived) -> None:
    growth = db.session.scalars(sa.select(ListDay.subscribed).order_by(ListDay.list_id, ListDay.day)).all()
    assert growth[0] < max(growth)
    sizes = sa.select(Launch.total).where(Launch.subject.startswith("[아침판]"), Launch.started_at.is_not(None))
    totals = db.session.scalars(sizes.order_by(Launch.started_at)).all()
    assert totals[0] < totals[-1]
    assert newspaper.mails >= sum(totals)


def test_machines_and_people_and_every_outcome_are_in_it(newspaper: Lived) -> None:
    states = set(db.session.scalars(sa.select(Delivery.state)))
    assert {int(DeliveryState.ACCEPTED), int(DeliveryState.BOUNCED)} <= states
    assert set(db.session.scalars(sa.select(Event.human))) == {True, False}
    assert {"open", "click"} <= set(db.session.scalars(sa.select(Event.kind)))
    assert newspaper.events


def test_a_reader_is_the_same_every_time() -> None:
    today = date(2026, 11, 24)
    assert [readers.address(n) for n in (1, 2)] == [readers.address(n) for n in (1, 2)]
    assert readers.address(1).startswith("reader00001@")
    assert readers.fields(7, today) == readers.fields(7, today)
    first = readers.reader("reader00001@naver.example")
    readers.reader.cache_clear()
    assert readers.reader("reader00001@naver.example") == first
