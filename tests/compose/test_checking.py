from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.lists import queries as lists
from app.sending.forecast import Forecast, forecast
from app.sending.models import Launch
from tests.compose.conftest import Desk
from tests.support.mailings import make_list
from tests.support.workspaces import HostClient, Place


def notices(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.place.inside(), control_plane():
        query = sa.select(Notice.address, Notice.subject, Notice.html).where(Notice.tenant_id == desk.place.id)
        return [tuple(row) for row in db.session.execute(query.order_by(Notice.id))]  # type: ignore[misc]


def contact_of(desk: Desk, number: int) -> int:
    with desk.place.inside():
        return lists.sample_contacts(lists.Audience((desk.list_id,)), 5)[number].id


def test_preview_shows_the_mail_of_a_real_person(desk: Desk) -> None:
    mailing_id = desk.draft(subject="For {{name|you}}")
    contact = contact_of(desk, 1)
    assert "For reader2" in desk.client.get(f"/mailings/{mailing_id}/preview?contact={contact}").text
    frame = desk.client.get(f"/mailings/{mailing_id}/preview/mail?contact={contact}")
    assert "Hello reader2" in frame.text
    assert "/t/" not in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "Hello reader," in desk.client.get(f"/mailings/{mailing_id}/preview/mail").text


def test_preview_without_people_shows_the_defaults(desk: Desk) -> None:
    mailing_id = desk.draft(list_ids=[], subject="For {{name|you}}")
    assert "For you" in desk.client.get(f"/mailings/{mailing_id}/preview").text


def test_contact_of_another_workspace_is_nobody(desk: Desk, other_workspace: Place) -> None:
    make_list(other_workspace, ["stranger@example.com"])
    with other_workspace.inside():
        theirs = lists.everybody()[0].id
    mailing_id = desk.draft()
    assert "stranger" not in desk.client.get(f"/mailings/{mailing_id}/preview?contact={theirs}").text
    assert "Hello reader," in desk.client.get(f"/mailings/{mailing_id}/preview/mail?contact={theirs}").text


def test_text_part_can_be_looked_at(desk: Desk) -> None:
    page = desk.client.get(f"/mailings/{desk.draft()}/preview?view=text").text
    assert "the story (https://daily.example/story)" in page


def test_test_goes_to_each_address_marked_and_uncounted(desk: Desk) -> None:
    mailing_id = desk.draft(subject="For {{name|you}}")
    contact = contact_of(desk, 0)
    data = {"addresses": "a@example.com, B@example.com; a@example.com", "contact": str(contact)}
    assert desk.client.post(f"/mailings/{mailing_id}/tests", data=data).status_code == 303
    sent = notices(desk)
    assert [(address, subject) for address, subject, _ in sent] == [
        ("a@example.com", "[Test] For reader1"),
        ("B@example.com", "[Test] For reader1"),
    ]
    assert all("https://daily.example/story" in html and "/t/" not in html for *_, html in sent)


def test_test_to_six_addresses_or_none_is_refused(desk: Desk) -> None:
    mailing_id = desk.draft()
    six = ", ".join(f"a{n}@example.com" for n in range(6))
    for addresses in (six, "", "not an address"):
        answer = desk.client.post(f"/mailings/{mailing_id}/tests", data={"addresses": addresses})
        assert answer.status_code == 422, addresses
    assert notices(desk) == []


def test_tests_are_limited(desk: Desk) -> None:
    mailing_id = desk.draft()
    five = ", ".join(f"a{n}@example.com" for n in range(5))
    answers = [desk.client.post(f"/mailings/{mailing_id}/tests", data={"addresses": five}) for _ in range(13)]
    assert [answer.status_code for answer in answers] == [303] * 12 + [429]
    assert len(notices(desk)) == 60


def test_unverified_workspace_sends_no_test(new_workspace: object, desk_of: object) -> None:
    place = new_workspace()  # type: ignore[operator]
    with place.inside(), control_plane():
        db.session.execute(sa.text("UPDATE tenants SET state = 'unverified' WHERE id = :id"), {"id": place.id})
    desk = desk_of(place)  # type: ignore[operator]
    answer = desk.client.post(f"/mailings/{desk.draft()}/tests", data={"addresses": "a@example.com"})
    assert answer.status_code == 403
    assert notices(desk) == []


def test_analyst_may_look_and_not_touch(desk: Desk) -> None:
    with desk.place.inside():
        db.session.execute(sa.text("UPDATE members SET role = 'analyst'"))
    client: HostClient = desk.place.client()
    mailing_id = desk.draft()
    for page in ("mail", "body", "send"):
        shown = client.get(f"/mailings/{mailing_id}/{page}")
        assert shown.status_code == 200
        assert "btn-primary" not in shown.text
    assert client.get(f"/mailings/{mailing_id}/preview").status_code == 200
    assert "/mailings/new" not in client.get("/mailings").text
    assert client.get("/mailings/new").status_code == 403
    for action in ("tests", "launches", "body", "mail", "copies", "deletions", "cancellations"):
        assert client.post(f"/mailings/{mailing_id}/{action}").status_code == 403, action


def test_test_goes_to_a_group_as_several_people_and_unmarked_by_choice(desk: Desk) -> None:
    mailing_id = desk.draft(subject="For {{name|you}}")
    group = {"title": "The desk", "addresses": "a@example.com\nb@example.com"}
    assert desk.client.post("/test-groups", data=group).status_code == 303
    group_id = int(desk.client.get("/test-groups").text.split('href="/test-groups/')[1].split('"')[0])
    first, second = contact_of(desk, 0), contact_of(desk, 1)
    data = {"addresses": "c@example.com", "group": str(group_id), "contacts": [str(first), str(second)], "bare": "y"}
    assert desk.client.post(f"/mailings/{mailing_id}/tests", data=data).status_code == 303
    sent = {(to, subject) for to, subject, _html in notices(desk)}
    assert sent == {(f"{to}@example.com", f"For reader{n}") for to in "abc" for n in (1, 2)}


def test_each_variant_of_a_trial_is_tested_under_its_letter(desk: Desk) -> None:
    mailing_id, other = desk.draft(subject="First"), desk.draft(subject="Other", html="<p>Other body</p>")
    trial = {"subject_1": "Second", "draft_2": str(other), "share": "20", "measure": "opens", "hours": "4"}
    assert desk.client.post(f"/mailings/{mailing_id}/trial", data=trial).status_code == 303
    data = {"addresses": "a@example.com", "variants": "y"}
    assert desk.client.post(f"/mailings/{mailing_id}/tests", data=data).status_code == 303
    sent = notices(desk)
    assert [subject for _to, subject, _html in sent] == ["[Test A] First", "[Test B] Second", "[Test C] Other"]
    assert "Other body" in sent[2][2]


def test_test_needs_an_address_or_a_group(desk: Desk) -> None:
    answer = desk.client.post(f"/mailings/{desk.draft()}/tests", data={"addresses": ""})
    assert answer.status_code == 422
    assert "Enter an address." in answer.text


def test_group_is_changed_and_deleted_by_its_workspace_alone(desk: Desk, other_client: HostClient) -> None:
    desk.client.post("/test-groups", data={"title": "The desk", "addresses": "a@example.com"})
    group_id = int(desk.client.get("/test-groups").text.split('href="/test-groups/')[1].split('"')[0])
    data = {"title": "Lawyers", "addresses": "l@example.com"}
    assert other_client.get(f"/test-groups/{group_id}").status_code == 404
    assert other_client.post(f"/test-groups/{group_id}", data=data).status_code == 404
    assert other_client.post(f"/test-groups/{group_id}/deletions").status_code == 404
    assert "The desk" not in other_client.get("/test-groups").text
    assert desk.client.post(f"/test-groups/{group_id}", data=data).status_code == 303
    assert "l@example.com" in desk.client.get("/test-groups").text
    assert desk.client.post(f"/test-groups/{group_id}", data={"title": "x", "addresses": "none"}).status_code == 422
    desk.client.post(f"/test-groups/{group_id}/deletions")
    assert "Lawyers" not in desk.client.get("/test-groups").text


def test_recipients_page_tells_the_quota_and_when_the_last_one_has_it(desk: Desk) -> None:
    url = f"/mailings/audience?list_ids={desk.list_id}"
    assert "mails are left; after this one" in desk.client.get(url).text
    assert "At the present rate" not in desk.client.get(url).text
    mailing_id = desk.draft()
    desk.send(mailing_id)
    began = clock.now() - timedelta(hours=2)
    with desk.place.inside():
        values = {"state": "finished", "started_at": began, "last_accepted_at": began + timedelta(hours=1)}
        values |= {"total": 3600, "accepted": 3600}
        db.session.execute(sa.update(Launch).where(Launch.mailing_id == mailing_id).values(**values))
        assert forecast(7200) == Forecast(3600, 0, timedelta(hours=2))
        assert forecast(7200, most_an_hour=1800) == Forecast(1800, 0, timedelta(hours=4))
        assert forecast(0) is None
    assert "At the present rate (3,600 an hour)" in desk.client.get(url).text
