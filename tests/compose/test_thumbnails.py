"""What mails and templates look like, small: drawn by a browser where there is one, else as an outline."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PIL import Image

from app.compose import queries, thumbnails
from app.core.site import settings, use_settings
from app.document.outline import HEIGHT, WIDTH, outline
from app.document.schema import read_document
from app.document.theme import Look
from app.media import chromium
from app.media import thumbnails as kept
from app.media.service import add_picture
from app.templates_mgmt.starters import starter, starters
from tests.compose.conftest import Desk
from tests.compose.test_blocks import save, words
from tests.media.test_library import picture
from tests.support.chromium import chromium_path
from tests.support.workspaces import HostClient, Place

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: bytes | str) -> list[str]:
    return [each.tag.removeprefix(SVG) for each in ET.fromstring(svg)]


@pytest.fixture
def with_browser() -> Iterator[None]:
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium here")
    before = settings()
    use_settings(replace(before, chromium=path))
    yield
    use_settings(before)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_starter_has_an_outline(language: str) -> None:
    for each in starters(language):
        drawn = outline(read_document(starter(each.code, language).document), Look())
        assert len(shapes(drawn)) > 8, each.code


def test_blocks_are_drawn_as_what_they_are() -> None:
    blocks = [
        {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "제목"}]},
        {"type": "image"},
        {"type": "columns", "content": [{"type": "column", "content": [{"type": "image"}]}] * 2},
    ]
    drawn = outline(read_document({"type": "doc", "content": blocks}), Look())
    assert shapes(drawn).count("path") == 3
    ends = [float(each.get("x", 0)) + float(each.get("width", 0)) for each in ET.fromstring(drawn)]
    assert max(ends) <= WIDTH


def test_without_a_browser_it_is_an_outline_and_nothing_is_asked_for(
    desk: Desk, run_tasks: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "draw", lambda _subject: pytest.fail("there is nothing to draw with"))
    mailing_id = desk.draft(html="<h1>Bridge</h1><p>It opens tonight.</p><img src='https://x.example/a.png'>")
    answer = desk.client.get(f"/mailings/{mailing_id}/thumbnail")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "path" in shapes(answer.data)
    run_tasks()
    again = desk.client.get(f"/mailings/{mailing_id}/thumbnail", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_chromium_draws_it_once_for_each_content(
    desk: Desk, with_browser: None, run_tasks: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    red = io.BytesIO()
    Image.new("RGB", (600, 300), "#d00000").save(red, "PNG")
    with desk.place.inside():
        media = add_picture(red.getvalue(), title="red").id
    document = {"type": "doc", "content": [{"type": "image", "attrs": {"media": media}}]}
    mailing_id = desk.draft(html="<p>x</p>", document=words("x"))
    save(desk.client, mailing_id, document, 1)
    address = f"/mailings/{mailing_id}/thumbnail"
    assert desk.client.get(address).mimetype == "image/svg+xml"
    run_tasks()
    answer = desk.client.get(address)
    assert answer.mimetype == "image/png"
    drawn = Image.open(io.BytesIO(answer.data)).convert("RGB")
    assert drawn.size == (WIDTH, HEIGHT)
    red_part, _green, blue_part = drawn.getpixel((WIDTH // 2, HEIGHT // 3))  # type: ignore[misc]
    assert red_part > 180 > 60 > blue_part
    monkeypatch.setattr(chromium, "draw", lambda *_a, **_k: pytest.fail("it was drawn already"))
    run_tasks()
    save(desk.client, mailing_id, words("Other words"), 2)
    assert desk.client.get(address).mimetype == "image/svg+xml"


def test_what_cannot_be_drawn_is_not_tried_with_each_look(
    desk: Desk, with_browser: None, run_tasks: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fail(page: str, **_: int) -> bytes:
        asked.append(page)
        raise chromium.NotDrawn("it would not")

    monkeypatch.setattr(chromium, "draw", fail)
    mailing_id = desk.draft(html="<p>A bridge that nobody can draw</p>")
    for _ in range(2):
        assert desk.client.get(f"/mailings/{mailing_id}/thumbnail").mimetype == "image/svg+xml"
        run_tasks()
    assert len([page for page in asked if "nobody can draw" in page]) == 1


def test_pages_show_small_pictures(desk: Desk) -> None:
    mailing_id = desk.draft()
    assert f"/mailings/{mailing_id}/thumbnail" in desk.client.get("/mailings").text
    gallery = desk.client.get("/templates/").text
    assert "/thumbnails/starters/notice" in gallery
    assert "<iframe" not in gallery
    assert desk.client.get("/thumbnails/starters/notice").status_code == 200
    assert desk.client.get("/thumbnails/starters/none").status_code == 404


def test_a_picture_goes_with_its_mail_and_other_workspaces_do_not_see_it(
    desk: Desk, other_workspace: Place, other_client: HostClient
) -> None:
    mailing_id = desk.draft()
    with desk.place.inside():
        wanted = thumbnails.sheet("mailing", str(mailing_id))
        kept.keep(wanted.subject, wanted.digest, picture())
    assert desk.client.get(f"/mailings/{mailing_id}/thumbnail").mimetype == "image/png"
    assert other_client.get(f"/mailings/{mailing_id}/thumbnail").status_code == 404
    with other_workspace.inside():
        assert kept.drawn(wanted.subject, wanted.digest) is None
    desk.client.post(f"/mailings/{mailing_id}/deletions")
    with desk.place.inside():
        assert kept.subjects() == []
        assert queries.drafts() == []
