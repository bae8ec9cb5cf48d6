"""Variants, paces, clocks, taking back and correcting: what a person chooses before and after "send"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.compose import queries
from app.core import clock
from app.lists import fields
from app.lists.fields import Wanted
from app.lists.states import FieldKind
from app.sending import feeding
from app.sending import queries as sending
from app.sending.terms import LaunchState
from tests.compose.conftest import Desk, hidden
from tests.compose.test_sending import in_hours, typed
from tests.sending.test_launch import claim, launch
from tests.support.workspaces import Place


def started(desk: Desk, mailing_id: int) -> None:
    assert claim(desk.place) == [mailing_id]
    launch(desk.place, mailing_id)


def test_variants_are_kept_and_sent_with_the_mail(desk: Desk) -> None:
    mailing_id, other = desk.draft(), desk.draft(subject="Another body")
    chosen = {"subject_1": "Shorter", "draft_2": str(other), "share": "50", "measure": "clicks", "hours": "2"}
    assert desk.client.post(f"/mailings/{mailing_id}/trial", data=chosen).status_code == 303
    page = desk.client.get(f"/mailings/{mailing_id}/send").text
    assert "2 variants are tried first on 50 %" in page
    assert 'value="Shorter"' in desk.client.get(f"/mailings/{mailing_id}/trial").text
    assert desk.send(mailing_id).status_code == 303
    with desk.place.inside():
        assert [content.subject for content in sending.contents(mailing_id)] == ["Shorter", "Another body"]
    kept = desk.launch(mailing_id)
    assert kept is not None
    assert (kept.trial_share, kept.trial_measure, kept.trial_hours) == (50, "clicks", 2)


def test_a_trial_of_nothing_is_refused_and_says_why(desk: Desk) -> None:
    mailing_id = desk.draft()
    refused = desk.client.post(f"/mailings/{mailing_id}/trial", data={"share": "20", "measure": "opens", "hours": "4"})
    assert refused.status_code == 422
    assert "nothing to compare" in refused.text


def test_a_trial_can_be_dropped(desk: Desk) -> None:
    mailing_id = desk.draft()
    chosen = {"subject_1": "Shorter", "share": "50", "measure": "clicks", "hours": "2"}
    desk.client.post(f"/mailings/{mailing_id}/trial", data=chosen)
    desk.client.post(f"/mailings/{mailing_id}/trial", data={"drop": "1"})
    with desk.place.inside():
        assert queries.mailing(mailing_id).trial is None


def test_a_person_may_decide_before_the_time(desk: Desk) -> None:
    mailing_id = desk.draft()
    chosen = {"subject_1": "Shorter", "share": "50", "measure": "opens", "hours": "24"}
    desk.client.post(f"/mailings/{mailing_id}/trial", data=chosen)
    desk.send(mailing_id)
    started(desk, mailing_id)
    assert "This for the rest" in desk.client.get(f"/mailings/{mailing_id}").text
    assert desk.client.post(f"/mailings/{mailing_id}/winner/1").status_code == 303
    decided = desk.launch(mailing_id)
    assert decided is not None
    assert decided.winner == 1


@pytest.mark.parametrize(
    ("chosen", "pace"),
    [({"spread": "6"}, (6, None)), ({"spread": "-1", "per_hour": "500"}, (None, 500)), ({"spread": "0"}, (None, None))],
    ids=["spread", "per-hour", "at-once"],
)
def test_the_pace_is_the_one_chosen(desk: Desk, chosen: dict[str, str], pace: tuple[int | None, int | None]) -> None:
    mailing_id = desk.draft()
    assert desk.send(mailing_id, **chosen).status_code == 303
    kept = desk.launch(mailing_id)
    assert kept is not None
    assert (kept.spread_hours, kept.per_hour) == pace


def test_a_pace_without_a_number_is_asked_for(desk: Desk) -> None:
    refused = desk.send(desk.draft(), spread="-1")
    assert refused.status_code == 422
    assert "Enter how many mails may go in an hour." in refused.text


def test_the_readers_own_clocks_begin_where_the_time_comes_first(desk: Desk) -> None:
    with desk.place.inside():
        key = fields.create_field(Wanted(title="Zone", kind=FieldKind.TEXT)).key
    mailing_id, local = desk.draft(), in_hours(72)
    assert desk.send(mailing_id, at=typed(local), zone_field=key).status_code == 303
    kept = desk.launch(mailing_id)
    assert kept is not None
    assert (kept.zone_field, kept.wall_time) == (key, local)
    assert (kept.planned_at - clock.now()).total_seconds() < 72 * 3600


def test_send_now_can_be_taken_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = replace(desk.place.dispatcher.settings, undo_seconds=30)
    monkeypatch.setattr("app.compose.starting.settings", lambda: patient)
    mailing_id = desk.draft()
    assert "take it back for 30 seconds" in desk.client.get(f"/mailings/{mailing_id}/send").text
    desk.send(mailing_id)
    assert claim(desk.place) == []
    assert "Undo" in desk.client.get(f"/mailings/{mailing_id}").text
    desk.client.post(f"/mailings/{mailing_id}/cancellations")
    assert desk.launch(mailing_id) is None


def test_breaking_news_does_not_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = replace(desk.place.dispatcher.settings, undo_seconds=30)
    monkeypatch.setattr("app.compose.starting.settings", lambda: patient)
    mailing_id = desk.draft(kind="breaking")
    desk.send(mailing_id)
    assert claim(desk.place) == [mailing_id]


def test_the_rest_gets_a_corrected_text(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    started(desk, mailing_id)
    with desk.place.inside():
        feeding.advance(mailing_id, 0, 1)
    opened = desk.client.post(f"/mailings/{mailing_id}/corrections")
    copy_id = int(opened.location.split("/")[-2])
    resting = desk.launch(mailing_id)
    assert resting is not None
    assert resting.state == LaunchState.PAUSED
    with desk.place.inside():
        queries.mailing(copy_id).subject = "Corrected"
    page = desk.client.get(f"/mailings/{copy_id}/send").text
    assert "Send the new text to 2 people" in page
    data = {"version": hidden(page, "version"), "count": hidden(page, "count")}
    assert desk.client.post(f"/mailings/{copy_id}/replacements", data=data).location.endswith(f"/mailings/{mailing_id}")
    with desk.place.inside():
        assert [content.subject for content in sending.contents(mailing_id)] == ["Corrected"]
        assert [(wave.through, wave.content) for wave in sending.waves(mailing_id)] == [(1, 0), (3, 1)]
    going = desk.launch(mailing_id)
    assert going is not None
    assert going.state == LaunchState.RUNNING
    assert desk.client.get(f"/mailings/{copy_id}").status_code == 404


def test_another_workspace_can_do_none_of_it(desk: Desk, other_workspace: Place) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    started(desk, mailing_id)
    stranger = other_workspace.client()
    for path in ("corrections", "replacements", "trial", "winner/0"):
        assert stranger.post(f"/mailings/{mailing_id}/{path}").status_code == 404
