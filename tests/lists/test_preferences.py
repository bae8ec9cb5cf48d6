"""A reader's own page: lists, frequency, leaving with a reason, what is held, being forgotten."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.tokens import recipient_token
from app.lists import preferences, queries, service, signup_forms
from app.lists.models import ContactRhythm
from app.lists.service import Person
from app.lists.signup_forms import FormChoices
from app.lists.states import LeaveReason
from app.lists.suppression import erased_key
from app.sending import service as sending
from app.sending.models import Delivery, Launch, MailingLink
from tests.support.content import fill
from tests.support.workspaces import Place


def a_reader(*titles: str, on: int = 1) -> tuple[str, list[int]]:
    """A person on the first `on` of some open lists; return their token and the lists."""
    ids = []
    for at, title in enumerate(titles):
        list_id = service.create_list("", title=title).id
        signup_forms.save_form(list_id, FormChoices(True, True, True, [], "en"))
        if at < on:
            service.add_person(list_id, Person("ann@example.com", name="Ann"), consent="asked")
        ids.append(list_id)
    found = queries.contact_by_address("ann@example.com")
    assert found is not None
    return preferences.token_of(found.id), ids


def joined() -> dict[str, bool]:
    found = queries.contact_by_address("ann@example.com")
    assert found is not None
    return {one.title: one.joined for one in preferences.choices(found.id)}


def test_a_reader_joins_and_leaves_lists(workspace: Place) -> None:
    with workspace.inside():
        token, (first, second) = a_reader("Evening", "Morning")
        hidden = service.create_list("", title="Hidden").id
    page = workspace.anonymous().get(f"/my/{token}").text
    assert ("Evening" in page, "Morning" in page, "Hidden" in page) == (True, True, False)
    workspace.anonymous().post(f"/my/{token}", data={"lists": [second, hidden], "rhythm": 7})
    with workspace.inside():
        assert joined() == {"Evening": False, "Morning": True}
        assert queries.contact_list(first).unsubscribed == 1  # type: ignore[union-attr]
        assert queries.contact_list(hidden).subscribed == 0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "days_ago", "people"),
    [("newsletter", None, 1), ("newsletter", 6, 0), ("newsletter", 8, 1), ("advertising", 6, 0), ("breaking", 6, 1)],
)
def test_whoever_wants_fewer_mails_gets_fewer_of_the_bulk_kind(
    workspace: Place, kind: str, days_ago: int | None, people: int
) -> None:
    ids = fill(workspace)
    with workspace.inside():
        preferences.choose_rhythm(ids["contact_id"], 7)
        row = db.session.scalars(sa.select(ContactRhythm)).one()
        row.mailed_at = before = clock.now() - timedelta(days=days_ago) if days_ago else None
        for table in (Delivery, MailingLink):
            db.session.execute(sa.delete(table))
        values = {"state": "launching", "kind": kind, "list_ids": [ids["list_id"]], "total": 0, "accepted": 0}
        db.session.execute(sa.update(Launch).values(**values, finished_at=None))
        db.session.expire_all()
        sending.launch_mailing(ids["mailing_id"])
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == people
        db.session.expire_all()
        assert (row.mailed_at != before) == (people == 1 and kind != "breaking")


def test_leaving_everything_keeps_the_reason_and_counts_it(workspace: Place) -> None:
    with workspace.inside():
        token, _ = a_reader("Evening", "Morning", on=2)
    answer = workspace.anonymous().post(f"/my/{token}/departures", data={"reason": "too_many", "note": "sorry"})
    assert answer.status_code == 303
    with workspace.inside():
        assert joined() == {"Evening": False, "Morning": False}
        assert preferences.departures() == {LeaveReason.TOO_MANY: 1}


def test_the_link_in_a_mail_leads_here_and_leaving_asks_why(workspace: Place) -> None:
    ids = fill(workspace)
    token = recipient_token(workspace.id, ids["mailing_id"], 1)
    reader = workspace.anonymous()
    assert f"/t/p/{token}" in reader.get(f"/t/u/{token}").text
    assert "Reader@example.com" in reader.get(f"/t/p/{token}", follow_redirects=True).text
    assert "Why did you leave?" in reader.post(f"/t/u/{token}", follow_redirects=True).text
    said = reader.post(f"/t/u/{token}/reasons", data={"reason": "never_asked"}, follow_redirects=True)
    assert "Thank you for telling us." in said.text
    with workspace.inside():
        assert preferences.departures(ids["mailing_id"]) == {LeaveReason.NEVER_ASKED: 1}


def test_a_reader_takes_their_data_along_and_is_forgotten(workspace: Place) -> None:
    with workspace.inside():
        token, _ = a_reader("Evening")
    reader = workspace.anonymous()
    told = json.loads(reader.get(f"/my/{token}/data.json").text)
    assert (told["address"], told["name"], told["consents"][0]["list"]) == ("ann@example.com", "Ann", "Evening")
    assert "Yes, forget me" in reader.get(f"/my/{token}/erasure").text
    assert "You are forgotten" in reader.post(f"/my/{token}/erasure").text
    assert reader.get(f"/my/{token}").status_code == 404
    with workspace.inside():
        assert queries.contact_by_address("ann@example.com") is None
        assert queries.entry_with(erased_key("ann@example.com")) is not None


def test_another_workspace_opens_nobodys_page(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        token, _ = a_reader("Evening")
    stranger = other_workspace.anonymous()
    assert [stranger.get(f"/my/{token}{path}").status_code for path in ("", "/data.json", "/data.csv", "/erasure")] == [
        404
    ] * 4
    assert [
        stranger.post(f"/my/{token}{path}").status_code for path in ("", "/departures", "/erasure", "/addresses")
    ] == [404] * 4


def test_a_reader_takes_their_data_along_as_a_table(workspace: Place) -> None:
    with workspace.inside():
        token, _ = a_reader("Evening")
        found = queries.contact_by_address("ann@example.com")
        assert found is not None
        found.name = "=1+1"
    answer = workspace.anonymous().get(f"/my/{token}/data.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert answer.mimetype == "text/csv"
    assert ["E-mail address", "ann@example.com"] in [row[:2] for row in rows]
    assert ["Name", "'=1+1", ""] in rows
    assert ["Consent: Evening", "Subscribed · asked"] in [row[:2] for row in rows]


def test_why_somebody_left_is_kept_with_the_mailing_they_came_from(workspace: Place) -> None:
    ids = fill(workspace)
    reader = workspace.anonymous()
    page = reader.get(f"/t/p/{recipient_token(workspace.id, ids['mailing_id'], 1)}").location
    reader.post(f"{page}/departures", data={"reason": "too_many", "note": ""})
    with workspace.inside():
        assert preferences.departures(ids["mailing_id"]) == {LeaveReason.TOO_MANY: 1}
