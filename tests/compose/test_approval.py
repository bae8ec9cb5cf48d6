"""A second person's yes: asked for, given by somebody else, and void as soon as the mail says something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.compose.models import Approval
from app.core import clock
from app.core.access import Role
from app.core.crypto import hash_password
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.sending.terms import LaunchState
from app.tenants.models import Account, Member
from tests.compose.conftest import Desk, hidden
from tests.compose.test_sending import in_hours, typed
from tests.support.workspaces import HostClient, Place


def join(place: Place, role: Role) -> HostClient:
    """Somebody else at work in a workspace."""
    with place.inside():
        with control_plane():
            email = f"{role.value}-{place.id}-{clock.now().timestamp()}@example.com"
            account = Account(email=email, name=role.value.title(), password_hash=hash_password("x" * 12))
            account.verified_at, account.locale = clock.now(), "en"
            db.session.add(account)
            db.session.flush()
        db.session.add(Member(tenant_id=place.id, account_id=account.id, role=role))
        number = account.id
    return place.client(account_id=number)


@pytest.fixture
def asking(desk: Desk) -> Desk:
    """An editor who must ask; the owner may approve."""
    ask_for(desk, "editor")
    return Desk(desk.place, join(desk.place, Role.EDITOR), desk.list_id)


def ask_for(desk: Desk, *roles: str, approved_by: str = "admins") -> None:
    data = {"roles": list(roles), "approved_by": approved_by}
    assert desk.client.post("/settings/approval", data=data).status_code == 303


def approval_of(place: Place, mailing_id: int) -> Approval:
    with place.inside():
        query = sa.select(Approval).where(Approval.mailing_id == mailing_id).order_by(Approval.id.desc()).limit(1)
        found = db.session.scalars(query).one()
        db.session.expunge(found)
        return found


def decide(client: HostClient, asked: Approval, **more: str) -> int:
    page = client.get(f"/approvals/{asked.id}").text
    data = {"count": hidden(page, "count")} if 'name="count"' in page else {"count": "3"}
    return client.post(f"/approvals/{asked.id}/decisions", data=data | more).status_code


def letters(place: Place) -> list[tuple[str, str, str]]:
    with place.inside():
        rows = db.session.execute(sa.select(Notice.address, Notice.subject, Notice.html).order_by(Notice.id))
        return [(row[0], row[1], row[2]) for row in rows]


def test_nobody_asks_unless_the_workspace_wants_it(desk: Desk) -> None:
    mailing_id = desk.draft()
    assert desk.send(mailing_id).status_code == 303
    assert desk.launch(mailing_id) is not None
    assert "Approvals" not in desk.client.get("/mailings").text


def test_editor_asks_and_the_owner_approves_what_was_asked(desk: Desk, asking: Desk) -> None:
    mailing_id, at = desk.draft(), typed(in_hours(30))
    page = asking.client.get(f"/mailings/{mailing_id}/send?at={at}").text
    assert "Ask to send it to 3 people on " in page
    assert asking.send(mailing_id, at=at, note="Please look at the headline", spread="2").status_code == 303
    assert desk.launch(mailing_id) is None
    asked = approval_of(desk.place, mailing_id)
    to, subject, html = letters(desk.place)[-1]
    assert (to, subject) == (desk.place.email, "Please approve: Today")
    assert "asks to send this mail to 3 people" in html
    assert "Please look at the headline" in html
    assert "the story" in html
    assert "It goes at" in asking.client.get(f"/mailings/{mailing_id}/send").text
    assert "Today" in desk.client.get("/approvals").text
    assert decide(desk.client, asked, approve="yes") == 303
    launch = desk.launch(mailing_id)
    assert launch is not None
    assert (launch.state, launch.spread_hours) == (LaunchState.SCHEDULED, 2)
    assert launch.planned_at == asked.planned_at
    assert letters(desk.place)[-1][1] == "Approved: Today"
    assert decide(desk.client, asked, approve="yes") == 409


def test_nobody_approves_their_own(desk: Desk) -> None:
    ask_for(desk, "owner", "editor", approved_by="anybody")
    mailing_id = desk.draft()
    desk.send(mailing_id)
    asked = approval_of(desk.place, mailing_id)
    assert decide(desk.client, asked, at_once="yes") == 403
    assert "invite a second person" in desk.client.get(f"/approvals/{asked.id}").text
    assert desk.launch(mailing_id) is None
    second = join(desk.place, Role.EDITOR)
    assert decide(second, asked, at_once="yes") == 303
    assert desk.launch(mailing_id) is not None


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ANALYST])
def test_only_those_named_approve(desk: Desk, asking: Desk, role: Role) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id)
    asked = approval_of(desk.place, mailing_id)
    assert decide(join(desk.place, role), asked, at_once="yes") == 403
    assert desk.launch(mailing_id) is None


@pytest.mark.parametrize(
    "change",
    [
        ("body", {"html": "<p>Something else</p>", "version": "1"}),
        ("mail", {"subject": "Other", "kind": "notice", "version": "1"}),
        ("audience", {"version": "1"}),
        ("text", {"text_part": "Other words", "version": "1"}),
        ("trial", {"subject_1": "Another", "share": "20", "measure": "opens", "hours": "4"}),
    ],
    ids=lambda change: change[0],
)
def test_change_after_it_was_asked_voids_it(desk: Desk, asking: Desk, change: tuple[str, dict[str, str]]) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id)
    asked = approval_of(desk.place, mailing_id)
    path, data = change
    assert asking.client.post(f"/mailings/{mailing_id}/{path}", data=data).status_code == 303
    assert "does not hold any more" in desk.client.get(f"/approvals/{asked.id}").text
    assert decide(desk.client, asked, at_once="yes") == 409
    assert desk.launch(mailing_id) is None
    assert "Ask again" in asking.client.get(f"/mailings/{mailing_id}/send").text


def test_asking_again_takes_the_place_of_what_was_asked(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id)
    first = approval_of(desk.place, mailing_id)
    asking.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>Better</p>", "version": "1"})
    asking.send(mailing_id)
    second = approval_of(desk.place, mailing_id)
    assert second.id != first.id
    assert decide(desk.client, first, at_once="yes") == 409
    assert decide(desk.client, second, at_once="yes") == 303
    assert desk.launch(mailing_id).html == "<p>Better</p>"  # type: ignore[union-attr]


def test_cancelled_mail_must_be_asked_for_again(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id, at=typed(in_hours(5)))
    decide(desk.client, approval_of(desk.place, mailing_id), approve="yes")
    asking.client.post(f"/mailings/{mailing_id}/cancellations")
    assert desk.launch(mailing_id) is None
    asking.send(mailing_id)
    assert desk.launch(mailing_id) is None


def test_late_yes_sends_nothing_by_itself_and_at_once_if_wanted(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id, at=typed(in_hours(5)))
    asked = approval_of(desk.place, mailing_id)
    with desk.place.inside():
        late = clock.now() - timedelta(minutes=5)
        db.session.execute(sa.update(Approval).where(Approval.id == asked.id).values(planned_at=late))
    assert "Its time has passed" in desk.client.get(f"/approvals/{asked.id}").text
    assert decide(desk.client, asked, approve="yes") == 422
    assert desk.launch(mailing_id) is None
    assert decide(desk.client, asked, at_once="yes") == 303
    assert desk.launch(mailing_id) is not None


def test_it_is_sent_back_with_words_or_taken_back(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id)
    assert decide(desk.client, approval_of(desk.place, mailing_id), refuse="yes", reply="The date is wrong") == 303
    assert letters(desk.place)[-1][1] == "Sent back: Today"
    assert "The date is wrong" in asking.client.get(f"/mailings/{mailing_id}/send").text
    asking.send(mailing_id)
    asked = approval_of(desk.place, mailing_id)
    assert desk.client.post(f"/approvals/{asked.id}/withdrawals").status_code == 403
    assert asking.client.post(f"/approvals/{asked.id}/withdrawals").status_code == 303
    assert decide(desk.client, asked, at_once="yes") == 409


def test_no_way_leads_around_it(desk: Desk, asking: Desk) -> None:
    breaking = {"headline": "Bridge closed", "start": "starter:breaking", "list_ids": [desk.list_id], "count": "3"}
    answer = asking.client.post("/breaking", data=breaking)
    assert answer.location.endswith("/send")
    assert desk.launch(int(answer.location.split("/")[-2])) is None
    daily = {"often": "DAILY", "at_time": "09:00", "starts_on": "2026-01-01", "offset": "0", "leap_day": "02-28"}
    mailing_id = desk.draft()
    assert asking.client.post(f"/mailings/{mailing_id}/series", data=daily).status_code == 422
    assert asking.client.post(f"/mailings/{mailing_id}/replacements").status_code == 403


def test_what_is_not_ready_cannot_be_asked_for(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft(subject="")
    assert asking.send(mailing_id).status_code == 422
    assert "Nothing waits for approval" in desk.client.get("/approvals").text


def test_another_workspace_sees_and_decides_nothing(
    desk: Desk, asking: Desk, other_client: HostClient, desk_of: Callable[..., Desk]
) -> None:
    mailing_id = desk.draft()
    asking.send(mailing_id)
    asked = approval_of(desk.place, mailing_id)
    assert other_client.get(f"/approvals/{asked.id}").status_code == 404
    for what in ("decisions", "withdrawals"):
        assert other_client.post(f"/approvals/{asked.id}/{what}", data={"at_once": "yes"}).status_code == 404
    assert "Nothing waits" in other_client.get("/approvals").text
