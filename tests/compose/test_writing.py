from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.compose.conftest import Desk, hidden
from tests.support.mailings import make_list, people
from tests.support.workspaces import HostClient, Place

ENVELOPE = {"subject": "Evening", "kind": "newsletter", "sender_name": "News", "sender_address": "news@example.com"}


def test_new_workspace_is_told_the_next_step(client: HostClient) -> None:
    assert "/mailings/new" in client.get("/mailings").text


def test_looking_at_a_new_mail_makes_no_draft(desk: Desk) -> None:
    assert "Tenant News" in desk.client.get("/mailings/new").text
    assert "No drafts" in desk.client.get("/mailings").text


def test_mail_is_written_step_by_step(desk: Desk) -> None:
    answer = desk.client.post("/mailings", data=ENVELOPE)
    assert answer.status_code == 303
    mailing_id = int(answer.location.split("/")[-2])
    page = desk.client.get(f"{answer.location}?as=html").text
    data = {"html": "<p>Body</p>", "version": hidden(page, "version")}
    after = desk.client.post(f"/mailings/{mailing_id}/body", data=data)
    assert after.location.endswith(f"/mailings/{mailing_id}/preview")
    assert "Choose recipients" in desk.client.get(after.location).text
    page = desk.client.get(f"/mailings/{mailing_id}/audience").text
    chosen = {"list_ids": [str(desk.list_id)], "version": hidden(page, "version")}
    assert desk.client.post(f"/mailings/{mailing_id}/audience", data=chosen).status_code == 303
    mailing = desk.mailing(mailing_id)
    assert (mailing.subject, mailing.html, mailing.list_ids) == ("Evening", "<p>Body</p>", [desk.list_id])


def test_draft_needs_nothing_to_be_kept(desk: Desk) -> None:
    assert desk.client.post("/mailings", data={"kind": "notice"}).status_code == 303


@pytest.mark.parametrize("field", ["subject", "sender_name", "sender_address", "reply_to"])
@pytest.mark.parametrize("bad", ["x\r\nBcc: thief@example.com", "x\nBcc: y", "x\x00y"])
def test_header_injection_is_refused(desk: Desk, field: str, bad: str) -> None:
    assert desk.client.post("/mailings", data=ENVELOPE | {field: bad}).status_code == 422


def test_address_with_a_name_is_refused_as_a_sender(desk: Desk) -> None:
    answer = desk.client.post("/mailings", data=ENVELOPE | {"sender_address": "no address"})
    assert answer.status_code == 422
    assert 'value="Evening"' in answer.text
    assert 'value="no address"' in answer.text


def test_number_of_recipients_counts_each_person_once(desk: Desk) -> None:
    other = make_list(desk.place, people(2, "other.example"), code="more")
    alone = desk.client.get(f"/mailings/audience?list_ids={desk.list_id}").text
    both = desk.client.get(f"/mailings/audience?list_ids={desk.list_id}&list_ids={other}&list_ids=x").text
    assert "<b>3</b> people" in alone
    assert "<b>5</b> people" in both
    assert "Choose a list" in desk.client.get("/mailings/audience").text


def test_lists_of_somebody_else_are_not_taken(desk: Desk, other_workspace: Place) -> None:
    theirs = make_list(other_workspace, people(1))
    data = {"list_ids": [str(theirs)], "version": "1"}
    assert desk.client.post(f"/mailings/{desk.draft()}/audience", data=data).status_code == 422
    assert "<b>0</b> people" in desk.client.get(f"/mailings/audience?list_ids={theirs}").text


def test_body_of_plain_words_becomes_paragraphs(desk: Desk) -> None:
    mailing_id = desk.draft(html="")
    desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "Hello\r\nyou\r\n\r\nBye", "version": "1"})
    assert desk.mailing(mailing_id).html == "<p>Hello<br>\nyou</p>\n<p>Bye</p>"


def test_body_is_cleaned_and_the_author_is_told(desk: Desk) -> None:
    mailing_id = desk.draft()
    data = {"html": "<p onclick='x'>Hi</p><script>x</script>", "version": "1"}
    answer = desk.client.post(f"/mailings/{mailing_id}/body", data=data)
    assert desk.mailing(mailing_id).html == "<p>Hi</p>"
    page = desk.client.get(answer.location).text
    assert "taken out" in page
    assert '<del class="text-danger">' in page
    assert "What was taken out" in page
    assert "&lt;script&gt;" in page
    assert "onclick" in page


def test_what_was_pasted_is_shown_to_whoever_pasted_it_only(desk: Desk, other_client: HostClient) -> None:
    mailing_id = desk.draft()
    assert desk.client.get(f"/mailings/{mailing_id}/cleaned").location.endswith("/body")
    assert other_client.get(f"/mailings/{mailing_id}/cleaned").status_code == 404
    long = "<p onclick='x'>" + "word " * 45_000 + "</p>"
    answer = desk.client.post(f"/mailings/{mailing_id}/body", data={"html": long, "version": "1"})
    assert answer.location.endswith("/preview")


def test_beginning_with_a_template_fills_an_empty_body_only(desk: Desk) -> None:
    mailing_id = desk.draft(html="")
    assert "starter:letter" in desk.client.get(f"/mailings/{mailing_id}/body").text
    answer = desk.client.post(f"/mailings/{mailing_id}/starts", data={"start": "starter:letter"})
    assert answer.location.endswith(f"/mailings/{mailing_id}/body")
    before = desk.mailing(mailing_id)
    assert desk.client.post(f"/mailings/{mailing_id}/starts", data={"start": "starter:notice"}).status_code == 409
    after = desk.mailing(mailing_id)
    assert (after.html, after.document) == (before.html, before.document)


def test_mail_is_started_from_a_starter(desk: Desk) -> None:
    page = desk.client.get("/mailings/new?starter=notice").text
    assert "Our opening hours are changing" in page
    answer = desk.client.post("/mailings", data=ENVELOPE | {"start": hidden(page, "start")})
    assert "Our opening hours are changing" in desk.mailing(int(answer.location.split("/")[-2])).html
    assert desk.client.get("/mailings/new?starter=nothing").status_code == 404
    assert desk.client.get("/mailings/new?template=999999").status_code == 404


def test_two_people_saving_the_body_lose_nothing(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>theirs</p>", "version": "1"})
    answer = desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "<p>mine</p>", "version": "1"})
    assert answer.status_code == 409
    assert "&lt;p&gt;mine&lt;/p&gt;" in answer.text
    assert "&lt;p&gt;theirs&lt;/p&gt;" in answer.text
    assert desk.mailing(mailing_id).html == "<p>theirs</p>"
    again = {"html": "<p>mine</p>", "version": hidden(answer.text, "version")}
    assert desk.client.post(f"/mailings/{mailing_id}/body", data=again).status_code == 303
    assert desk.mailing(mailing_id).html == "<p>mine</p>"


def test_two_people_saving_the_envelope_lose_nothing(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.client.post(f"/mailings/{mailing_id}/mail", data=ENVELOPE | {"subject": "Theirs", "version": "1"})
    answer = desk.client.post(f"/mailings/{mailing_id}/mail", data=ENVELOPE | {"subject": "Mine", "version": "1"})
    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert "Theirs" in answer.text


def test_two_people_choosing_recipients_lose_nothing(desk: Desk) -> None:
    mailing_id = desk.draft(list_ids=[])
    other = make_list(desk.place, people(1, "other.example"), code="more")
    desk.client.post(f"/mailings/{mailing_id}/audience", data={"list_ids": [str(other)], "version": "1"})
    mine = {"list_ids": [str(desk.list_id)], "version": "1"}
    answer = desk.client.post(f"/mailings/{mailing_id}/audience", data=mine)
    assert answer.status_code == 409
    assert "More" in answer.text.split("Theirs")[-1]
    assert desk.mailing(mailing_id).list_ids == [other]
    again = mine | {"version": hidden(answer.text, "version")}
    assert desk.client.post(f"/mailings/{mailing_id}/audience", data=again).status_code == 303
    assert desk.mailing(mailing_id).list_ids == [desk.list_id]


def test_body_that_is_too_long_is_kept_on_the_page(desk: Desk) -> None:
    mailing_id = desk.draft()
    answer = desk.client.post(f"/mailings/{mailing_id}/body", data={"html": "x" * 500_001, "version": "1"})
    assert answer.status_code == 422
    assert "x" * 500_001 in answer.text


def test_copy_is_a_draft_of_its_own(desk: Desk) -> None:
    mailing_id = desk.draft(subject="Today")
    copy = desk.client.post(f"/mailings/{mailing_id}/copies")
    made = desk.mailing(int(copy.location.split("/")[-2]))
    assert (made.subject, made.html, made.list_ids) == ("Today (copy)", desk.mailing(mailing_id).html, [desk.list_id])


def test_deleted_draft_is_gone(desk: Desk) -> None:
    mailing_id = desk.draft(subject="Unwanted")
    assert desk.client.post(f"/mailings/{mailing_id}/deletions").status_code == 303
    assert "Unwanted" not in desk.client.get("/mailings").text
    assert desk.client.get(f"/mailings/{mailing_id}/mail").status_code == 404


def test_drafts_are_paged_and_searched(desk: Desk) -> None:
    ids = [desk.draft(subject=f"Number {n:02d}") for n in range(53)]
    first = desk.client.get("/mailings").text
    assert first.count("/deletions") == 50
    more = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert desk.client.get(more.replace("&amp;", "&")).text.count("/deletions") == 3
    assert desk.client.get("/mailings?before=rubbish").status_code == 200
    found = desk.client.get("/mailings?q=Number 07").text
    assert f"/mailings/{ids[7]}/deletions" in found
    assert found.count("/deletions") == 1


def test_another_workspace_sees_none_of_it(desk: Desk, desk_of: Callable[..., Desk], other_workspace: Place) -> None:
    mailing_id = desk.draft(subject="Secret plan")
    stranger = desk_of(other_workspace).client
    assert "Secret plan" not in stranger.get("/mailings").text
    for page in (
        "",
        "/mail",
        "/body",
        "/preview",
        "/preview/mail",
        "/send",
        "/schedule",
        "/receipt",
        "/receipt/numbers",
        "/progress",
    ):
        assert stranger.get(f"/mailings/{mailing_id}{page}").status_code == 404, page
    posts = ("mail", "body", "tests", "launches", "schedule", "copies", "deletions", "cancellations")
    for action in posts:
        assert stranger.post(f"/mailings/{mailing_id}/{action}", data={"kind": "notice"}).status_code == 404, action
    for action in ("pauses", "resumptions", "releases"):
        assert stranger.post(f"/mailings/{mailing_id}/{action}").status_code == 404, action
    assert desk.mailing(mailing_id).subject == "Secret plan"
