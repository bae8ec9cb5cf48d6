"""Complaints and late bounces, from the mail to every number that tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.conduct.models import ConductDay
from app.core import queue
from app.core.db import db
from app.core.tokens import recipient_token
from app.core.unit import unit_of_work
from app.inbound import take_in
from app.lists.models import Contact, ContactList, Subscription, Suppression
from app.reports import audit, queries
from app.reports.models import DayCount
from app.sending import queries as sending
from app.sending.late import NotYetAccepted
from app.tracking.models import Event
from tests.inbound import samples
from tests.inbound.samples import enclosed
from tests.reports.sample import Fate, begin, mailing, react
from tests.support.workspaces import Place
from worker.registry import TASKS

Tasks = list[queue.Task]


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    found: Tasks = []
    monkeypatch.setattr(queue, "send", found.append)
    return found


def arrive(place: Place, mail: bytes, recipient: str = "feedback@messagepark.test") -> int:
    """Take a mail in as the pipe does."""
    with place.dispatcher.site.app_context(), unit_of_work():
        return take_in(mail, [recipient])


def work(place: Place, tasks: Tasks) -> None:
    """Do what was asked for, as a worker does."""
    while tasks:
        task = tasks.pop(0)
        if task.name in ("tracking.take_complaint", "sending.bounce_late"):
            assert task.tenant_id == place.id
            with place.inside():
                TASKS[task.name].load()(*task.args)


def token(place: Place, mailing_id: int, seq: int) -> str:
    return recipient_token(place.id, mailing_id, seq)


def test_a_complaint_reaches_every_number(workspace: Place, client: FlaskClient, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    mail = samples.complaint(enclosed(token(workspace, mailing_id, 1)))
    assert arrive(workspace, mail) == 1
    work(workspace, tasks)
    with workspace.inside():
        (event,) = db.session.scalars(sa.select(Event).where(Event.kind == "complaint"))
        assert (event.mailing_id, event.seq, event.reason, event.human) == (mailing_id, 1, "abuse", True)
        person = sending.delivery(mailing_id, 1)
        assert person is not None
        place = db.session.scalars(sa.select(Subscription).where(Subscription.contact_id == person.contact_id)).one()
        assert (place.state, place.changed_by) == ("complained", "complaint")
        entry = db.session.scalars(sa.select(Suppression).where(Suppression.address_key == person.address)).one()
        assert entry.reason == "complaint"
        assert db.session.scalars(sa.select(ContactList.complained)).one() == 1
        assert db.session.scalar(sa.select(sa.func.sum(ConductDay.complaints))) == 1
        assert queries.report(mailing_id).complainers == 1
        assert audit.differences(mailing_id) == []
        address, contact_id = person.address, person.contact_id
    shown = client.get(f"/reports/{mailing_id}").text
    assert "Reported as spam" in shown
    assert address in client.get(f"/reports/{mailing_id}/people?group=complained").text
    assert "Reported as spam" in client.get(f"/people/{contact_id}").text


def test_the_same_report_counts_once(workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    for kind in ("abuse", "abuse", "fraud"):
        assert arrive(workspace, samples.complaint(enclosed(token(workspace, mailing_id, 1)), kind)) == 1
        work(workspace, tasks)
    with workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).where(Event.kind == "complaint")) == 1
        assert queries.report(mailing_id).complainers == 1
        assert db.session.scalar(sa.select(sa.func.sum(ConductDay.complaints))) == 1


def test_an_open_after_a_complaint_leaves_it(workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace, Fate(opened=0, clicked=0))
    tasks.clear()
    arrive(workspace, samples.complaint(enclosed(token(workspace, mailing_id, 1))))
    work(workspace, tasks)
    react(workspace, mailing_id, Fate(opened=3, clicked=2))
    with workspace.inside():
        report = queries.report(mailing_id)
        assert (report.complainers, report.openers, report.clickers) == (1, 3, 2)
        assert audit.differences(mailing_id) == []


@pytest.mark.parametrize("change", ["forged", "cut"])
def test_whose_token_is_not_ours_is_nobody(workspace: Place, tasks: Tasks, change: str) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    genuine = token(workspace, mailing_id, 1)
    told = {"forged": genuine[:-1] + ("A" if genuine[-1] != "A" else "B"), "cut": genuine[:-1]}[change]
    with workspace.inside():
        person = sending.delivery(mailing_id, 1)
        assert person is not None
        address = person.address
    mail = samples.complaint(enclosed(told), "abuse", f"Original-Rcpt-To: {address}")
    assert arrive(workspace, mail) == 0
    assert tasks == []


def test_a_complaint_stays_within_its_workspace(workspace: Place, other_workspace: Place, tasks: Tasks) -> None:
    theirs, mine = mailing(other_workspace), mailing(workspace)
    tasks.clear()
    arrive(workspace, samples.complaint(enclosed(token(other_workspace, theirs, 1))))
    work(other_workspace, tasks)
    with workspace.inside():
        assert queries.report(mine).complainers == 0
        complained = sa.select(sa.func.count()).where(Suppression.reason == "complaint")
        assert db.session.scalar(complained) == 0
    with other_workspace.inside():
        assert queries.report(theirs).complainers == 1


def test_a_complaint_about_who_was_deleted_changes_nothing(workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    arrive(workspace, samples.complaint(enclosed(token(workspace, mailing_id, 4_000))))
    work(workspace, tasks)
    with workspace.inside():
        assert queries.report(mailing_id).complainers == 0


GONE = {"diagnostic": "smtp; 550 5.1.1 no such user", "address": ""}


def bounced(place: Place, mailing_id: int, seq: int, tasks: Tasks, address: str = "") -> None:
    """A server tells later; the address it was sent to holds the token, and so does what it encloses."""
    mail = samples.bounce("Subject: Today\r\n\r\n", **(GONE | {"address": address}))
    assert arrive(place, mail, f"bounce+{token(place, mailing_id, seq)}@messagepark.test") == 1
    work(place, tasks)


def test_a_late_bounce_moves_the_row_and_every_count(workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    for _again in range(2):
        bounced(workspace, mailing_id, 1, tasks)
    with workspace.inside():
        row = sending.delivery(mailing_id, 1)
        assert row is not None
        assert (row.state, row.code, row.bounce, row.reply) == (3, 550, "user_unknown", "5.1.1 no such user")
        report = queries.report(mailing_id)
        assert (report.accepted, report.bounced) == (8, 4)
        assert audit.differences(mailing_id) == []
        days = db.session.execute(sa.select(sa.func.sum(DayCount.accepted), sa.func.sum(DayCount.bounced))).one()
        assert tuple(days) == (8, 4)
        state = sa.select(Subscription.state).join(Contact, Contact.id == Subscription.contact_id)
        assert db.session.scalar(state.where(Contact.id == row.contact_id)) == "bounced"
        entry = db.session.scalars(sa.select(Suppression).where(Suppression.address_key == row.address)).one()
        assert entry.reason == "hard_bounce"


def test_who_lets_mail_be_forwarded_is_not_dead_where_that_failed(workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    bounced(workspace, mailing_id, 1, tasks, address="somebody@else.example")
    with workspace.inside():
        row = sending.delivery(mailing_id, 1)
        assert row is not None
        assert row.state == 3
        entries = sa.select(Suppression.address_key).where(Suppression.address_key == row.address)
        assert db.session.scalars(entries).all() == []


def test_a_bounce_before_the_answer_was_stored_is_tried_again(workspace: Place, tasks: Tasks) -> None:
    mailing_id = begin(workspace, Fate())
    tasks.clear()
    with pytest.raises(NotYetAccepted):
        bounced(workspace, mailing_id, 1, tasks)
    with workspace.inside():
        assert queries.report(mailing_id).bounced == 0


def test_the_operator_takes_in_files(operator: FlaskClient, workspace: Place, tasks: Tasks) -> None:
    mailing_id = mailing(workspace)
    tasks.clear()
    genuine = samples.complaint(enclosed(token(workspace, mailing_id, 2)))
    files = [(BytesIO(genuine), "a.eml"), (BytesIO(b"Subject: lunch\r\n\r\n"), "b.eml")]
    answer = operator.post("/returns", data={"mails": files}, follow_redirects=True)
    assert "One mail was taken in." in answer.text
    assert "One mail was left out" in answer.text
    work(workspace, tasks)
    with workspace.inside():
        assert queries.report(mailing_id).complainers == 1
    assert operator.post("/returns", data={}).status_code == 422


def test_nobody_else_takes_in_files(client: FlaskClient) -> None:
    assert client.get("/returns").status_code == 404
