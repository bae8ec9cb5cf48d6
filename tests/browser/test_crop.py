"""Cropping a picture in the editor: by the keyboard, by hand, anew from the whole, and back by undo."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.compose.content import of_blocks
from app.compose.models import Mailing
from app.core.db import db
from app.media import queries
from app.media.service import add_picture
from tests.browser.conftest import sign_in
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser


def test_a_picture_is_cropped_by_keys_and_by_hand_and_comes_back_whole(
    page: Page, workspace: Place, address_of: Callable[[Place], str]
) -> None:
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((800, 400)).convert("RGB").save(drawn, "PNG")
    with workspace.inside():
        whole = add_picture(drawn.getvalue(), title="river").id
        block = {"type": "image", "attrs": {"media": whole, "src": "https://x.example/a.png", "alt": "A river"}}
        document = {"type": "doc", "content": [block]}
        made = Mailing(subject="Evening", document=document, html=of_blocks(document).html)
        db.session.add(made)
        db.session.flush()
        number = made.id
    url = address_of(workspace)
    sign_in(page, workspace, url)
    page.route("https://x.example/**", lambda route: route.fulfill(body=drawn.getvalue(), content_type="image/png"))
    page.route(f"{workspace.url}/m/**", lambda route: route.fulfill(body=drawn.getvalue(), content_type="image/png"))
    page.goto(f"{url}/mailings/{number}/body")
    dialog = page.get_by_role("dialog", name="Crop the picture")

    def shown() -> dict[str, Any]:
        page.keyboard.press("Control+s")
        expect(page.locator("[data-saved][data-tone=calm]")).to_contain_text("Saved at")
        with workspace.inside():
            attrs: dict[str, Any] = db.session.get_one(Mailing, (workspace.id, number)).document["content"][0]["attrs"]
            return attrs

    page.locator("[data-paper] img.picture").click()
    page.get_by_role("button", name="Crop", exact=True).click()
    expect(dialog.get_by_role("group", name="What is kept")).to_be_focused()
    dialog.get_by_role("button", name="Left edge").focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    expect(dialog.locator("[data-size]")).to_have_text("600 × 400")
    handle = dialog.get_by_role("button", name="Lower edge").bounding_box()
    assert handle is not None
    stage = dialog.locator("[data-stage]").bounding_box()
    assert stage is not None
    page.mouse.move(handle["x"] + 12, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(handle["x"] + 12, handle["y"] + 12 - stage["height"] / 2, steps=3)
    page.mouse.up()
    expect(dialog.locator("[data-size]")).to_have_text("600 × 200")
    dialog.get_by_role("button", name="Crop", exact=True).click()
    expect(page.locator("[data-paper] img.picture")).to_have_attribute(
        "src", re.compile(re.escape(f"{workspace.url}/m/"))
    )
    part = shown()["media"]
    with workspace.inside():
        kept = queries.picture(part)
        assert (kept.whole_id, kept.width, kept.height) == (whole, 600, 200)
    page.get_by_role("button", name="Crop", exact=True).click()
    expect(dialog.locator("[data-size]")).to_have_text("600 × 200")
    dialog.get_by_role("button", name="The whole picture").click()
    expect(dialog).to_be_hidden()
    assert shown()["media"] == whole
    page.get_by_role("button", name="Undo").click()
    assert shown()["media"] == part
