"""Campaigns group mailings; patterns begin them; the steps of a mail tell what it lacks; counting may end."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.compose.models import Campaign, Mailing, Pattern
from app.core import clock
from app.core.db import db
from app.sending import queries as sending
from app.sending.models import Launch
from app.sending.terms import LaunchState
from tests.compose.conftest import Desk, hidden
from tests.support.mailings import make_list, people
from tests.support.workspaces import HostClient, Place

AUTUMN = {"title": "Autumn subscriptions", "purpose": "More readers", "folder": "2026", "starts_on": "2026-10-01"}
EVENING = {
    "title": "Evening edition", "subject": "The evening", "kind": "newsletter", "sender_name": "News",
    "sender_address": "news@example.com", "at_time": "18:00", "tracking_days": "7", "start": "starter:digest",
}  # fmt: skip


def begin(desk: Desk, **more: str) -> int:
    answer = desk.client.post("/campaigns", data=AUTUMN | more)
    assert answer.status_code == 303
    return int(answer.location.rsplit("/", 1)[-1])


def owner_of(place: Place, campaign_id: int) -> int | None:
    with place.inside():
        return db.session.get_one(Campaign, (place.id, campaign_id)).owner_id


def test_campaign_is_begun_changed_and_found_by_folder_and_words(desk: Desk) -> None:
    campaign_id = begin(desk, owner_id=str(desk.place.member_id))
    begin(desk, title="Spring", purpose="", folder="2027")
    assert owner_of(desk.place, campaign_id) == desk.place.member_id
    in_folder = desk.client.get("/campaigns?folder=2026").text
    assert "Autumn subscriptions" in in_folder
    assert "Spring" not in in_folder
    assert "Spring" not in desk.client.get("/campaigns?q=readers").text
    changed = desk.client.post(f"/campaigns/{campaign_id}", data=AUTUMN | {"title": "Late autumn"})
    assert changed.status_code == 303
    assert "Late autumn" in desk.client.get(f"/campaigns/{campaign_id}").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "Enter a name."),
        ({"ends_on": "2026-09-01"}, "The end is before the beginning."),
        ({"title": "x\ny"}, "one line"),
        ({"owner_id": "999999"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_with_a_campaign_is_said_and_nothing_is_lost(
    desk: Desk, wrong: dict[str, str], words: str
) -> None:
    answer = desk.client.post("/campaigns", data=AUTUMN | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert "More readers" in answer.text


def test_mail_begun_in_a_campaign_stands_on_its_page(desk: Desk) -> None:
    campaign_id = begin(desk)
    page = desk.client.get(f"/mailings/new?campaign={campaign_id}").text
    data = {"subject": "Read us", "kind": "notice", "campaign": hidden(page, "campaign")}
    assert desk.client.post("/mailings", data=data).status_code == 303
    assert "Read us" in desk.client.get(f"/campaigns/{campaign_id}").text


def test_mail_is_put_into_a_campaign_even_after_it_went_out(desk: Desk) -> None:
    campaign_id, mailing_id = begin(desk), desk.draft()
    desk.send(mailing_id)
    before = desk.mailing(mailing_id).version
    answer = desk.client.post(f"/mailings/{mailing_id}/campaign", data={"campaign_id": str(campaign_id)})
    assert answer.status_code == 303
    after = desk.mailing(mailing_id)
    assert (after.campaign_id, after.version) == (campaign_id, before)
    assert "Scheduled" in desk.client.get(f"/campaigns/{campaign_id}").text
    desk.client.post(f"/mailings/{mailing_id}/campaign", data={"campaign_id": "0"})
    assert desk.mailing(mailing_id).campaign_id is None


def test_mails_outlive_their_campaign(desk: Desk) -> None:
    campaign_id = begin(desk)
    mailing_id = desk.draft(campaign_id=campaign_id)
    assert desk.client.post(f"/campaigns/{campaign_id}/deletions").status_code == 303
    assert desk.mailing(mailing_id).campaign_id is None
    assert desk.client.get(f"/campaigns/{campaign_id}").status_code == 404


def test_another_workspace_neither_sees_nor_uses_a_campaign(desk: Desk, other_client: HostClient) -> None:
    campaign_id = begin(desk)
    for path in ("", "/edit"):
        assert other_client.get(f"/campaigns/{campaign_id}{path}").status_code == 404
    for path in ("", "/deletions"):
        assert other_client.post(f"/campaigns/{campaign_id}{path}", data=AUTUMN).status_code == 404
    assert f"/campaigns/{campaign_id}" not in other_client.get("/campaigns").text
    answer = other_client.post("/mailings", data={"kind": "notice", "campaign": str(campaign_id)})
    assert answer.status_code == 404


def test_mail_is_begun_with_a_pattern(desk: Desk) -> None:
    campaign_id = begin(desk)
    data = EVENING | {"list_ids": [str(desk.list_id)], "campaign_id": str(campaign_id)}
    assert desk.client.post("/patterns", data=data).status_code == 303
    with desk.place.inside():
        pattern_id = db.session.scalars(sa.select(Pattern.id)).one()
    answer = desk.client.post(f"/patterns/{pattern_id}/mailings")
    made = desk.mailing(int(answer.location.split("/")[-2]))
    assert (made.subject, made.sender_name, made.list_ids) == ("The evening", "News", [desk.list_id])
    assert (made.campaign_id, made.tracking_days, made.document is not None) == (campaign_id, 7, True)
    page = desk.client.get(f"/mailings/{made.id}/send?when=later").text
    assert 'T18:00"' in page


def test_pattern_is_made_of_a_mail_and_follows_it_in_nothing_but_its_body(desk: Desk) -> None:
    mailing_id = desk.draft(subject="Morning", html="<p>Good morning</p>")
    page = desk.client.get(f"/patterns/new?mailing={mailing_id}").text
    assert 'value="Morning"' in page
    data = EVENING | {"start": f"mailing:{mailing_id}", "title": "Morning edition"}
    assert desk.client.post("/patterns", data=data).status_code == 303
    with desk.place.inside():
        pattern_id = db.session.scalars(sa.select(Pattern.id)).one()
    assert "The mail “Morning”" in desk.client.get(f"/patterns/{pattern_id}").text
    first = desk.client.post(f"/patterns/{pattern_id}/mailings").location
    assert desk.mailing(int(first.split("/")[-2])).html == "<p>Good morning</p>"
    desk.client.post(f"/mailings/{mailing_id}/deletions")
    second = desk.client.post(f"/patterns/{pattern_id}/mailings").location
    assert desk.mailing(int(second.split("/")[-2])).html == ""


def test_pattern_is_changed_and_deleted(desk: Desk) -> None:
    desk.client.post("/patterns", data=EVENING)
    with desk.place.inside():
        pattern_id = db.session.scalars(sa.select(Pattern.id)).one()
    changed = desk.client.post(f"/patterns/{pattern_id}", data=EVENING | {"at_time": "19:30"})
    assert changed.status_code == 303
    assert "19:30" in desk.client.get("/patterns").text
    assert desk.client.post(f"/patterns/{pattern_id}", data=EVENING | {"title": ""}).status_code == 422
    desk.client.post(f"/patterns/{pattern_id}/deletions")
    assert "No patterns" in desk.client.get("/patterns").text


def test_another_workspace_neither_sees_nor_uses_a_pattern(
    desk: Desk, other_workspace: Place, other_client: HostClient
) -> None:
    desk.client.post("/patterns", data=EVENING)
    with desk.place.inside():
        pattern_id = db.session.scalars(sa.select(Pattern.id)).one()
    assert other_client.get(f"/patterns/{pattern_id}").status_code == 404
    for path in ("", "/mailings", "/deletions"):
        assert other_client.post(f"/patterns/{pattern_id}{path}", data=EVENING).status_code == 404
    theirs = make_list(other_workspace, people(1))
    assert desk.client.post("/patterns", data=EVENING | {"list_ids": [str(theirs)]}).status_code == 422
    assert other_client.get(f"/patterns/new?mailing={desk.draft()}").status_code == 404


def test_steps_tell_what_is_missing_and_any_can_be_visited(desk: Desk) -> None:
    mailing_id = desk.draft(subject="", html="", list_ids=[])
    page = desk.client.get(f"/mailings/{mailing_id}/mail").text
    assert "Still open here: The subject is missing." in page
    assert "The body is empty." in page
    for step in ("campaign", "body", "audience", "preview", "send"):
        assert desk.client.get(f"/mailings/{mailing_id}/{step}").status_code == 200
    done = desk.client.get(f"/mailings/{desk.draft()}/audience").text
    assert "Still open" not in done


def test_step_of_testing_is_done_until_the_mail_changes(desk: Desk) -> None:
    mailing_id = desk.draft()
    assert "Not tested as it is now." in desk.client.get(f"/mailings/{mailing_id}/send").text
    desk.client.post(f"/mailings/{mailing_id}/tests", data={"addresses": "me@example.com"})
    assert "Not tested" not in desk.client.get(f"/mailings/{mailing_id}/send").text
    desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>Other</p>", "version": "1"})
    assert "Not tested" in desk.client.get(f"/mailings/{mailing_id}/send").text


def test_report_is_the_last_step_once_it_went_out(desk: Desk) -> None:
    mailing_id = desk.draft()
    assert f"/reports/{mailing_id}" not in desk.client.get(f"/mailings/{mailing_id}/send").text
    desk.send(mailing_id)
    assert f"/reports/{mailing_id}" in desk.client.get(f"/mailings/{mailing_id}").text


def test_counting_ends_with_the_deadline_of_the_mail(desk: Desk) -> None:
    mailing_id = desk.draft(tracking_days=7)
    desk.send(mailing_id)
    assert desk.launch(mailing_id).tracking_days == 7  # type: ignore[union-attr]
    assert "Opens and clicks within 7 days" in desk.client.get(f"/mailings/{mailing_id}").text
    with desk.place.inside():
        assert sending.ends_of_tracking([mailing_id]) == {}
        began = clock.now() - timedelta(days=8)
        values = {"state": LaunchState.FINISHED, "started_at": began, "finished_at": began}
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(**values))
        assert sending.ends_of_tracking([mailing_id]) == {mailing_id: began + timedelta(days=7)}
        assert db.session.scalar(sa.select(Mailing.tracking_days).where(Mailing.id == mailing_id)) == 7
