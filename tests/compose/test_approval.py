"""A second person's yes: asked for, given by somebody else, and void as soon as the mail says something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.compose import series
from app.compose.models import Approval
from app.core import clock
from app.core.access import Role
from app.core.crypto import hash_password
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.sending import feeding
from app.sending import queries as sending
from app.sending.terms import LaunchState
from app.tenants.models import Account, Member
from tests.compose.conftest import Desk, hidden
from tests.compose.test_sending import in_hours, typed
from tests.compose.test_trials import started
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


DAILY = {"often": "DAILY", "at_time": "09:00", "starts_on": "2026-01-01", "offset": "0", "leap_day": "02-28"}


def next_of(desk: Desk, mailing_id: int) -> int | None:
    """Let the series of a mail come now; return the copy that went out."""
    with desk.place.inside():
        kept = series.of_mailing(mailing_id)
        if kept is None:
            return None
        kept.next_at = clock.now() - timedelta(seconds=1)
        return series.begin_occurrence(kept.id)


def test_what_comes_again_is_approved_once_and_bound_to_what_it_said(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    sent = DAILY | {"note": "Every morning", "report": "y"}
    assert asking.client.post(f"/mailings/{mailing_id}/series", data=sent).status_code == 303
    assert next_of(desk, mailing_id) is None
    asked = approval_of(desk.place, mailing_id)
    page = desk.client.get(f"/approvals/{asked.id}").text
    assert "Approve: it comes by itself from then on" in page
    assert "Every morning" in page
    assert "again and again" in letters(desk.place)[-1][2]
    assert "It comes again and again once somebody" in asking.client.get(f"/mailings/{mailing_id}/series").text
    assert decide(desk.client, asked, approve="yes") == 303
    assert next_of(desk, mailing_id) is not None
    with desk.place.inside():
        kept = series.of_mailing(mailing_id)
        assert kept is not None
        assert (kept.report_to != "", kept.author_id) == (True, asked.asked_by)
    asking.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>Something else</p>", "version": "1"})
    assert next_of(desk, mailing_id) is None
    assert "changed after it was approved" in asking.client.get("/mailings/series").text
    assert desk.client.post(f"/mailings/{mailing_id}/series", data=DAILY).status_code == 303
    assert next_of(desk, mailing_id) is not None


def test_what_comes_already_goes_on_while_another_rule_waits(desk: Desk, asking: Desk) -> None:
    mailing_id = desk.draft()
    assert desk.client.post(f"/mailings/{mailing_id}/series", data=DAILY).status_code == 303
    other = DAILY | {"often": "WORKDAYS"}
    assert asking.client.post(f"/mailings/{mailing_id}/series", data=other).status_code == 303
    with desk.place.inside():
        kept = series.of_mailing(mailing_id)
        assert kept is not None
        assert kept.rule == "FREQ=DAILY"
    assert decide(desk.client, approval_of(desk.place, mailing_id), approve="yes") == 303
    with desk.place.inside():
        kept = series.of_mailing(mailing_id)
        assert kept is not None
        assert kept.rule == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def correction(desk: Desk, by: HostClient) -> tuple[int, int]:
    """A mail that one of three has got, and the draft in which the rest of it is rewritten."""
    mailing_id = desk.draft()
    desk.send(mailing_id)
    started(desk, mailing_id)
    with desk.place.inside():
        feeding.advance(mailing_id, 0, 1)
    draft = int(by.post(f"/mailings/{mailing_id}/corrections").location.split("/")[-2])
    by.post(f"/mailings/{draft}/body", data={"html": "<p>The right words</p>", "version": "1"})
    return mailing_id, draft


def test_new_text_for_the_rest_must_be_approved(desk: Desk, asking: Desk) -> None:
    mailing_id, draft = correction(desk, asking.client)
    assert "Ask to send the new text to 2 people" in asking.client.get(f"/mailings/{draft}/send").text
    asked_for = asking.client.post(f"/mailings/{draft}/replacements", data={"note": "A wrong name"})
    assert asked_for.location.endswith(f"/mailings/{draft}/send")
    assert desk.launch(mailing_id).state == LaunchState.PAUSED  # type: ignore[union-attr]
    asked = approval_of(desk.place, draft)
    assert "Approve and send the new text to 2 people" in desk.client.get(f"/approvals/{asked.id}").text
    answer = desk.client.post(f"/approvals/{asked.id}/decisions", data={"count": "2", "at_once": "yes"})
    assert answer.location.endswith(f"/mailings/{mailing_id}")
    assert desk.launch(mailing_id).state == LaunchState.RUNNING  # type: ignore[union-attr]
    with desk.place.inside():
        assert ["The right words" in content.html for content in sending.contents(mailing_id)] == [True]
    assert approval_of(desk.place, mailing_id).state == "approved"
    assert desk.client.get(f"/approvals/{asked.id}").status_code == 200


def test_correction_that_changed_is_void_and_one_that_lacks_something_is_refused(desk: Desk, asking: Desk) -> None:
    mailing_id, draft = correction(desk, asking.client)
    asking.client.post(f"/mailings/{draft}/replacements")
    asked = approval_of(desk.place, draft)
    asking.client.post(f"/mailings/{draft}/body", data={"html": "", "version": "2"})
    assert decide(desk.client, asked, at_once="yes") == 409
    desk.client.post(f"/mailings/{draft}/replacements")
    assert desk.launch(mailing_id).state == LaunchState.PAUSED  # type: ignore[union-attr]


def test_breaking_news_is_asked_for_at_once(desk: Desk, asking: Desk) -> None:
    breaking = {"headline": "Bridge closed", "start": "starter:breaking", "list_ids": [desk.list_id], "count": "3"}
    assert "Ask to send it to 3 people" in asking.client.get(f"/breaking/choice?list_ids={desk.list_id}").text
    answer = asking.client.post("/breaking", data=breaking)
    assert answer.location.endswith("/send")
    mailing_id = int(answer.location.split("/")[-2])
    assert desk.launch(mailing_id) is None
    asked = approval_of(desk.place, mailing_id)
    assert "ahead of everything else" in letters(desk.place)[-1][2]
    assert decide(desk.client, asked, at_once="yes") == 303
    launch = desk.launch(mailing_id)
    assert launch is not None
    assert launch.lane == "breaking"


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
