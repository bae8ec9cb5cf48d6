"""Tracking switched off: by a workspace, a list, or for one person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.tokens import recipient_token
from app.document.compile import fill, slot_values
from app.lists import preferences, tracking
from app.lists.models import ContactList
from app.sending import feeding, queries
from app.sending.models import Delivery
from app.tenants import service as tenants
from app.tenants.queries import current_workspace
from app.tracking.service import record_events
from tests.reports.sample import Fate, answer, event, mailing
from tests.sending.test_launch import claim, launch
from tests.support.content import fill as fill_workspace
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

AT = 1_770_000_000.0


def body(place: Place, mailing_id: int) -> str:
    """What the first recipient of a launched mailing gets."""
    with place.inside():
        plan = feeding.plan_with(mailing_id, 0)
        assert plan is not None
        return fill(plan.mail.html, slot_values(plan.mail.slots, {}, recipient_token(place.id, mailing_id, 1)))


def begun(place: Place, list_ids: list[int]) -> int:
    made = schedule(place, list_ids)
    claim(place)
    launch(place, made)
    return made


def seen(place: Place, mailing_id: int) -> tuple[bool, bool, bool]:
    """Whether the mail has a pixel, counted links, and the link that nobody sees."""
    html = body(place, mailing_id)
    assert "/t/u/" in html
    return "/t/o/" in html, "/t/c/" in html, "/t/h/" in html


@pytest.mark.parametrize(("opens", "clicks"), [(True, True), (False, True), (True, False), (False, False)])
def test_a_workspace_counts_what_it_wants(workspace: Place, opens: bool, clicks: bool) -> None:
    list_id = make_list(workspace, people(2))
    with workspace.inside():
        tenants.choose_tracking(opens=opens, clicks=clicks)
    made = begun(workspace, [list_id])
    assert seen(workspace, made) == (opens, clicks, clicks)
    with workspace.inside():
        assert bool(queries.links(made)) == clicks
    assert ("https://example.com/story" in body(workspace, made)) == (not clicks)


def test_a_mail_to_several_lists_counts_what_none_of_them_has_switched_off(workspace: Place) -> None:
    first, second = make_list(workspace, people(2), code="a"), make_list(workspace, people(2, "b.example"), code="b")
    with workspace.inside():
        quiet = db.session.scalars(sa.select(ContactList).where(ContactList.id == second)).one()
        tracking.count(quiet, opens=False, clicks=True)
    assert seen(workspace, begun(workspace, [first, second])) == (False, True, True)
    assert seen(workspace, begun(workspace, [first])) == (True, True, True)


def test_a_mail_that_has_begun_stays_as_it_is(workspace: Place) -> None:
    made = begun(workspace, [make_list(workspace, people(2))])
    with workspace.inside():
        tenants.choose_tracking(opens=False, clicks=False)
    assert seen(workspace, made) == (True, True, True)


def test_the_view_in_the_browser_is_as_uncounted_as_the_mail(workspace: Place) -> None:
    with workspace.inside():
        tenants.choose_tracking(opens=False, clicks=False)
    made = begun(workspace, [make_list(workspace, people(2))])
    page = workspace.anonymous().get(f"/t/v/{recipient_token(workspace.id, made, 1)}").text
    assert "https://example.com/story" in page
    assert not any(path in page for path in ("/t/o/", "/t/c/", "/t/h/"))


def test_a_report_says_that_nothing_was_counted(client: FlaskClient, workspace: Place) -> None:
    with workspace.inside():
        tenants.choose_tracking(opens=False, clicks=False)
    made = begun(workspace, [make_list(workspace, people(12))])
    answer(workspace, made, Fate())
    page = client.get(f"/reports/{made}").text
    assert "9 people got it. Opens are not counted." in page
    assert "Opens and clicks of this mailing are not counted." in page
    assert "nobody has opened" not in page


def test_of_people_who_want_it_so_nothing_is_recorded_but_that_they_left(workspace: Place) -> None:
    made = mailing(workspace, Fate(opened=0, clicked=0))
    with workspace.inside():
        contact = db.session.scalars(
            sa.select(Delivery.contact_id).where(Delivery.mailing_id == made, Delivery.seq == 2)
        )
        tracking.set_tracked(contact.one(), False)
    acts = [event(workspace, made, seq, kind, AT, link=1) for seq in (1, 2) for kind in ("open", "click")]
    acts.append(event(workspace, made, 2, "unsubscribe", AT, reason="link"))
    with workspace.inside():
        assert record_events(acts) == 3
        rows = db.session.execute(
            sa.text("SELECT seq, kind FROM events WHERE mailing_id = :id AND human"), {"id": made}
        )
        assert sorted(tuple(row) for row in rows) == [(1, "click"), (1, "open"), (2, "unsubscribe")]


def test_a_member_leaves_a_person_out_and_takes_it_back(client: FlaskClient, workspace: Place) -> None:
    contact_id = fill_workspace(workspace)["contact_id"]
    assert "Opens and clicks are recorded" in client.get(f"/contacts/{contact_id}").text
    client.post(f"/contacts/{contact_id}/tracking")
    assert "Nothing that this person opens or clicks is recorded" in client.get(f"/contacts/{contact_id}").text
    client.post(f"/contacts/{contact_id}/tracking", data={"tracked": "1"})
    with workspace.inside():
        assert tracking.is_tracked(contact_id)


def test_readers_decide_it_on_their_own_page(workspace: Place) -> None:
    contact_id = fill_workspace(workspace)["contact_id"]
    with workspace.inside():
        token = preferences.token_of(contact_id)
    reader = workspace.anonymous()
    reader.post(f"/my/{token}", data={"rhythm": "0", "untracked": "1"})
    with workspace.inside():
        assert not tracking.is_tracked(contact_id)
    assert 'value="1" checked' in reader.get(f"/my/{token}").text


def test_a_member_switches_on_the_pages(client: FlaskClient, workspace: Place) -> None:
    list_id = make_list(workspace, [])
    client.post(f"/lists/{list_id}", data={"title": "Daily", "code": "daily", "track_clicks": "y"})
    client.post("/settings/tracking", data={"track_opens": "y"})
    with workspace.inside():
        assert tracking.counted([list_id]) == (False, True)
        place = current_workspace()
        assert (place.track_opens, place.track_clicks) == (True, False)
    assert "forgotten after 30 days" in client.get("/settings/tracking").text


def test_another_workspace_is_not_switched(workspace: Place, other_workspace: Place, other_client: FlaskClient) -> None:
    ids = fill_workspace(workspace)
    with workspace.inside():
        tenants.choose_tracking(opens=False, clicks=False)
        tracking.set_tracked(ids["contact_id"], False)
    with other_workspace.inside():
        assert not tracking.anybody_untracked()
        assert tracking.is_tracked(ids["contact_id"])
        assert tracking.counted([ids["list_id"]]) == (True, True)
        assert current_workspace().track_opens
    assert other_client.post(f"/contacts/{ids['contact_id']}/tracking").status_code == 404
