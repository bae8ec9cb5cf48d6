"""Files of a mail: put on and taken off, in the mail or linked, and what else has them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from redis import Redis

from app.compose import history, queries, service
from app.compose.attachments import Way
from app.compose.content import words_of
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.media import queries as media
from app.media.models import File
from app.media.store import store
from app.sending import queries as sending
from app.sending import service as sending_service
from app.tenants.plans import Plan
from mta.contract import unpack_plan
from tests.compose.conftest import Desk
from tests.compose.test_blocks import save, words
from tests.support.workspaces import HostClient

PDF = b"%PDF-1.7\n" + b"x" * 2_000
MEGABYTE = 1024 * 1024
NAME = "3월 보고서.pdf"


def put(
    desk: Desk,
    mailing_id: int,
    *names: str,
    content: bytes = PDF,
    way: str = "attach",
    client: HostClient | None = None,
) -> Any:
    data = {"files": [(io.BytesIO(content), name) for name in names], "way": way}
    return (client or desk.client).post(f"/mailings/{mailing_id}/files", data=data)


def files(desk: Desk) -> list[File]:
    with desk.place.inside():
        found = media.all_files()
        db.session.expunge_all()
        return found


def kept(desk: Desk, mailing_id: int) -> list[tuple[str, str]]:
    titles = {each.id: each.title for each in files(desk)}
    return [(titles[each["file"]], each["way"]) for each in desk.mailing(mailing_id).attachments]


def test_files_are_put_on_listed_with_their_size_and_taken_off(desk: Desk, run_tasks: Callable[[], None]) -> None:
    mailing_id = desk.draft(html="<p>x</p>")
    assert put(desk, mailing_id, NAME, "b.txt").status_code == 303
    assert kept(desk, mailing_id) == [(NAME, "attach"), ("b.txt", "attach")]
    page = desk.client.get(f"/mailings/{mailing_id}/files").text
    assert NAME in page
    assert "2 KB" in page
    for step in ("preview", "send"):
        assert NAME in desk.client.get(f"/mailings/{mailing_id}/{step}").text
    first = files(desk)[0]
    assert desk.client.post(f"/mailings/{mailing_id}/files/{first.id}/deletions").status_code == 303
    assert kept(desk, mailing_id) == [("b.txt", "attach")]


def test_the_editor_is_told_what_became_of_what_was_dropped(desk: Desk) -> None:
    mailing_id = desk.draft()
    data = {"files": [(io.BytesIO(PDF), NAME), (io.BytesIO(b"MZ"), "a.pdf")]}
    answer = desk.client.post(f"/mailings/{mailing_id}/files", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert (answer.json["wrong"], answer.json["count"], len(answer.json["told"])) == (True, 1, 2)
    assert "can run by itself" in answer.json["told"][1]
    assert f'{mailing_id}/files"' in desk.client.get(f"/mailings/{mailing_id}/body?as=html").text


def test_a_program_is_refused_with_the_reason_and_the_rest_is_kept(desk: Desk) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    answer = put(desk, mailing_id, "invoice.pdf", content=b"MZ\x90")
    assert answer.status_code == 422
    assert "can run by itself" in answer.text
    assert kept(desk, mailing_id) == [(NAME, "attach")]
    assert put(desk, mailing_id).status_code == 422


def test_over_the_plans_limit_it_says_what_was_kept_and_takes_a_link(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "attachments_bytes", property(lambda _plan: MEGABYTE))
    mailing_id = desk.draft()
    put(desk, mailing_id, "a.pdf", content=PDF + b"y" * (MEGABYTE // 2))
    large = PDF + b"z" * (MEGABYTE * 3 // 4)
    answer = put(desk, mailing_id, "b.pdf", content=large)
    assert answer.status_code == 422
    assert "What was attached before is kept" in answer.text
    assert kept(desk, mailing_id) == [("a.pdf", "attach")]
    assert put(desk, mailing_id, "b.pdf", content=large, way="link").status_code == 303
    assert kept(desk, mailing_id) == [("a.pdf", "attach"), ("b.pdf", "link")]
    linked = files(desk)[1]
    data = {"way": "attach"}
    page = desk.client.post(f"/mailings/{mailing_id}/files/{linked.id}", data=data, follow_redirects=True).text
    assert "What was attached before is kept" in page
    assert kept(desk, mailing_id)[1] == ("b.pdf", "link")


def test_a_file_of_the_same_name_takes_the_place_of_the_one_before(desk: Desk) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    put(desk, mailing_id, NAME, content=PDF + b"corrected")
    assert kept(desk, mailing_id) == [(NAME, "attach")]


@pytest.mark.parametrize("own_place", [False, True])
def test_a_link_stands_above_the_foot_where_its_author_placed_none(desk: Desk, own_place: bool) -> None:
    mailing_id = desk.draft(html="", subject="x")
    desk.client.post(f"/mailings/{mailing_id}/starts", data={"start": "blank"})
    put(desk, mailing_id, NAME, way="link")
    with desk.place.inside():
        [file] = media.all_files()
        url = media.address(file)
    if own_place:
        linked = {"type": "text", "text": "Here", "marks": [{"type": "link", "attrs": {"href": url}}]}
        document = {"type": "doc", "content": [{"type": "paragraph", "content": [linked]}]}
        assert save(desk.client, mailing_id, document, desk.mailing(mailing_id).version).status_code == 200
    with desk.place.inside():
        html = words_of(queries.mailing(mailing_id), "x").html
    assert html.count(url) == 1
    if not own_place:
        assert html.index(url) < html.index("{{unsubscribe_url}}")
        assert f"{NAME} (2 KB)" in html


def test_links_are_in_html_and_in_the_text_part_and_are_counted(desk: Desk) -> None:
    mailing_id = desk.draft(html="<html><body><p>x</p></body></html>", text_part="Words")
    put(desk, mailing_id, "{{name}} & co.pdf", way="link")
    launched(desk, mailing_id)
    with desk.place.inside():
        launch = sending.launch(mailing_id)
        assert launch is not None
        [file] = media.all_files()
        assert [link.url for link in sending.links(mailing_id)] == [media.address(file)]
        assert media.address(file) in launch.text_part
        assert "{{name}}" not in launch.html
        assert sending.carried(mailing_id) == []


def launched(desk: Desk, mailing_id: int) -> None:
    desk.send(mailing_id)
    with desk.place.inside():
        sending_service.claim_due(sending_service.timedelta(hours=1))
        sending_service.launch_mailing(mailing_id)


def test_the_plan_names_the_file_and_its_content_is_handed_over_once(
    desk: Desk, redis_server: Redis, run_tasks: Callable[[], None]
) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    launched(desk, mailing_id)
    run_tasks()
    [key] = redis_server.keys(f"mta:plan:{desk.place.id}-{mailing_id}-*")
    [attachment] = unpack_plan(redis_server.get(key)).attachments
    assert (attachment.name, attachment.content_type, attachment.content) == (NAME, "application/pdf", b"")
    assert redis_server.get(f"mta:file:{desk.place.id}:{attachment.digest}") == PDF


def test_tests_carry_the_files(desk: Desk, redis_server: Redis, run_tasks: Callable[[], None]) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    desk.client.post(f"/mailings/{mailing_id}/tests", data={"addresses": "a@example.com"})
    with desk.place.inside(), control_plane():
        notice = db.session.scalars(sa.select(Notice).where(Notice.tenant_id == desk.place.id)).one()
        assert len(str(notice.attachments)) < 1_000
        number = notice.id
    run_tasks()
    plan = unpack_plan(redis_server.get(f"mta:plan:notice-{number}"))
    assert [each.name for each in plan.attachments] == [NAME]
    assert redis_server.exists(f"mta:file:{desk.place.id}:{plan.attachments[0].digest}")


def test_copies_versions_and_what_begins_with_a_mail_keep_its_files(desk: Desk) -> None:
    mailing_id = desk.draft(document=words("First"), html="<p>First</p>", author_id=desk.place.member_id)
    put(desk, mailing_id, NAME, way="link")
    with desk.place.inside():
        original = queries.mailing(mailing_id)
        copy = service.duplicate_mailing(original, author_id=desk.place.member_id)
        assert copy.attachments == original.attachments
        begun = desk.client.post("/mailings", data={"start": f"mailing:{mailing_id}", "kind": "newsletter"})
    made = int(re.findall(r"/mailings/(\d+)/", begun.headers["Location"])[0])
    assert kept(desk, made) == [(NAME, "link")]
    file = files(desk)[0]
    with desk.place.inside():
        before = history.versions(mailing_id)[0].id
    desk.client.post(f"/mailings/{mailing_id}/files/{file.id}/deletions")
    with desk.place.inside():
        earlier = next(each for each in history.versions(mailing_id) if each.id <= before)
        number = earlier.id
    assert kept(desk, mailing_id) == []
    desk.client.post(f"/mailings/{mailing_id}/versions/{number}/restorations")
    assert desk.mailing(mailing_id).document == words("First")


def test_a_file_is_let_go_when_no_mail_has_it_any_more(desk: Desk, run_tasks: Callable[[], None]) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    desk.client.post(f"/mailings/{mailing_id}/copies")
    with desk.place.inside():
        [copy] = [each.id for each in queries.drafts() if each.id != mailing_id]
    [file] = files(desk)
    desk.client.post(f"/mailings/{mailing_id}/deletions")
    run_tasks()
    assert files(desk)
    desk.client.post(f"/mailings/{copy}/deletions")
    run_tasks()
    assert files(desk) == []
    with desk.place.inside():
        assert store().get(file.name) is None


def test_a_file_that_was_sent_stays(desk: Desk, run_tasks: Callable[[], None]) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME, way="link")
    launched(desk, mailing_id)
    other = desk.draft()
    put(desk, other, "b.pdf")
    desk.client.post(f"/mailings/{other}/deletions")
    run_tasks()
    assert [each.title for each in files(desk)] == [NAME]


def test_what_is_on_its_way_keeps_its_files(desk: Desk) -> None:
    mailing_id = desk.draft()
    desk.send(mailing_id)
    assert put(desk, mailing_id, NAME).status_code == 422
    assert desk.mailing(mailing_id).attachments == []


def test_weight_is_told(desk: Desk) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME, content=PDF + b"x" * 500_000)
    page = desk.client.get(f"/mailings/{mailing_id}/preview/checks").text
    assert "With its files the mail weighs 672 KB on its way." in page


def test_other_workspaces_have_nothing_of_it(desk: Desk, other_client: HostClient) -> None:
    mailing_id = desk.draft()
    put(desk, mailing_id, NAME)
    [file] = files(desk)
    assert other_client.get(f"/mailings/{mailing_id}/files").status_code == 404
    assert put(desk, mailing_id, "b.pdf", client=other_client).status_code == 404
    for path in ("", "/deletions"):
        answer = other_client.post(f"/mailings/{mailing_id}/files/{file.id}{path}", data={"way": Way.LINK})
        assert answer.status_code == 404
    assert kept(desk, mailing_id) == [(NAME, "attach")]
