"""The editor in a real browser against the real service: what is written is stored, and comes back as it was."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.compose.content import blank, of_blocks
from app.compose.models import Mailing
from app.core.db import db
from app.templates_mgmt.starters import starter
from tests.browser.conftest import sign_in
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser
DOT = b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")
EVERY_BLOCK = (
    "heading1", "heading", "bulletList", "orderedList", "quote", "table", "image", "article", "button", "social",
    "columns2", "columns3", "divider", "spacer", "header", "footer", "html",
)  # fmt: skip


@dataclass
class Desk:
    """Somebody at the editor of one mail."""

    page: Page
    place: Place
    url: str
    mailing_id: int
    complaints: list[str]

    @property
    def paper(self) -> Any:
        return self.page.locator("[data-paper] .ProseMirror")

    def open(self) -> None:
        self.page.goto(f"{self.url}/mailings/{self.mailing_id}/body")
        expect(self.paper).to_be_visible()

    def saved(self) -> None:
        self.page.keyboard.press("Control+s")
        expect(self.page.locator("[data-saved][data-tone=calm]")).to_contain_text("Saved at")

    def stored(self) -> dict[str, Any]:
        with self.place.inside():
            found: dict[str, Any] = db.session.get_one(Mailing, (self.place.id, self.mailing_id)).document
            return found


@pytest.fixture
def desk(page: Page, workspace: Place, address_of: Callable[[Place], str]) -> Desk:
    with workspace.inside():
        made = Mailing(subject="Evening", document=blank(), html=of_blocks(blank()).html)
        db.session.add(made)
        db.session.flush()
        mailing_id = made.id
    url = address_of(workspace)
    sign_in(page, workspace, url)
    page.route("https://*.example/**", lambda route: route.fulfill(body=DOT, content_type="image/gif"))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    desk = Desk(page, workspace, url, mailing_id, complaints)
    desk.open()
    return desk


def kinds(node: dict[str, Any]) -> set[str]:
    return {node["type"]}.union(*map(kinds, node.get("content", [])))


def test_every_block_is_stored_and_comes_back_as_it_was(desk: Desk) -> None:
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("First words")
    for name in EVERY_BLOCK:
        desk.page.locator(f"[data-insert={name}]").click()
    desk.saved()
    first = desk.stored()
    assert kinds(first) >= {"heading", "image", "article", "columns", "header", "footer", "html", "table", "social"}
    desk.open()
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("x")
    desk.page.keyboard.press("Backspace")
    desk.saved()
    assert desk.stored() == first
    assert desk.complaints == []


def paste(desk: Desk, html: str) -> None:
    """Put HTML on a clipboard and let it fall into the first line."""
    desk.paper.locator("p").first.click()
    desk.page.evaluate(
        """html => {
          const data = new DataTransfer();
          data.setData("text/html", html);
          data.setData("text/plain", "words");
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.querySelector("[data-paper] .ProseMirror").dispatchEvent(event);
        }""",
        html,
    )
    desk.saved()


def outline(node: dict[str, Any]) -> str:
    """A document in one line: kinds of nodes, words with their marks."""
    if node["type"] == "text":
        marks = "".join(f"<{mark['type']}>" for mark in node.get("marks", []))
        return marks + node["text"]
    inner = " ".join(outline(child) for child in node.get("content", []))
    return f"{node['type']}({inner})"


PASTED = {
    "word": [
        "heading(Evening edition)",
        "paragraph(The  <bold>bridge  opens  <italic>again   <textStyle>tonight .)",
        "bulletList(listItem(paragraph(First point) bulletList(listItem(paragraph(A part of it))))"
        " listItem(paragraph(Second point)))",
        "paragraph(<link>Read more)",
    ],
    "excel": [
        "table(tableRow(tableCell(paragraph(<bold>지역)) tableCell(paragraph(<bold>독자)))"
        " tableRow(tableCell(paragraph(서울)) tableCell(paragraph(18204))))"
    ],
    "hangul": [
        "paragraph(<bold>저녁판)",
        "paragraph(다리가  <bold><underline>오늘  열립니다.)",
        "table(tableRow(tableCell(paragraph(날짜)) tableCell(paragraph(11월 23일))))",
    ],
    "google-docs": [
        "heading(Evening edition)",
        "paragraph(<bold>Bold  and plain and  <link>a link)",
        "orderedList(listItem(paragraph(One) bulletList(listItem(paragraph(Inner)))) listItem(paragraph(Two)))",
    ],
    "web-page": [
        "heading(Night market)",
        "paragraph(By  <bold>Kim Minji)",
        "paragraph(<textStyle>The stalls open <superscript><textStyle>1 <textStyle> at eight.)",
        "image()",
        "quote(paragraph(It smells of chestnuts.))",
        "divider()",
        "paragraph(Layout words)",
        "paragraph(A trick)",
    ],
}


@pytest.mark.parametrize("source", sorted(PASTED))
def test_what_other_programs_put_on_the_clipboard_becomes_blocks(desk: Desk, source: str) -> None:
    paste(desk, (Path(__file__).parent / "pasted" / f"{source}.html").read_text(encoding="utf-8"))
    blocks = [outline(node) for node in desk.stored()["content"]]
    assert blocks[: len(PASTED[source])] == PASTED[source]
    assert blocks[-1].startswith("footer(")
    assert desk.complaints == []


def first_block(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.stored()["content"][0]
    return found


def test_field_is_a_chip_typed_or_chosen_with_a_default_and_a_format(desk: Desk) -> None:
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("Dear {{na")
    expect(desk.page.get_by_role("listbox", name="Fields")).to_be_visible()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.type(" and {{email|you}}.")
    desk.paper.locator(".chip").first.click()
    desk.page.get_by_label("If a person has none").fill("reader")
    desk.page.get_by_label("Written as").select_option("upper")
    desk.saved()
    tags = [node["attrs"] for node in first_block(desk)["content"] if node["type"] == "mergeTag"]
    assert tags == [
        {"name": "name", "default": "reader", "format": "upper"},
        {"name": "email", "default": "you", "format": ""},
    ]


def test_mail_is_written_with_the_keyboard_alone(desk: Desk) -> None:
    keys = desk.page.keyboard
    desk.page.get_by_role("link", name="Skip to the paper").focus()
    keys.press("Enter")
    keys.press("Tab")
    expect(desk.paper).to_be_focused()
    keys.press("Control+Home")
    keys.type("/large")
    keys.press("Enter")
    keys.type("Evening")
    keys.press("Enter")
    keys.press("Control+b")
    keys.type("Bold words")
    keys.press("Control+b")
    keys.press("Alt+ArrowUp")
    keys.press("Escape")
    keys.press("Control+Shift+D")
    keys.press("Control+Shift+Backspace")
    keys.press("Control+z")
    desk.saved()
    blocks = [outline(node) for node in desk.stored()["content"]]
    assert blocks[:3] == ["paragraph(<bold>Bold words)", "paragraph(<bold>Bold words)", "heading(Evening)"]
    assert desk.complaints == []


def test_settings_of_a_block_and_of_the_mail_are_stored_and_undone(desk: Desk) -> None:
    desk.paper.locator("p").first.click()
    desk.page.locator("[data-insert=button]").click()
    desk.page.locator("#set-url").fill("https://daily.example/story")
    desk.page.get_by_label("Top").fill("32")
    desk.page.get_by_role("tab", name="Whole mail").click()
    desk.page.get_by_label("Width of the mail").fill("640")
    desk.page.get_by_label("Words after the subject").fill("Three stories")
    desk.saved()
    stored = desk.stored()
    assert stored["attrs"]["theme"]["width"] == 640
    assert stored["attrs"]["preheader"] == "Three stories"
    button = stored["content"][0]
    assert (button["attrs"]["url"], button["attrs"]["padding"]) == ("https://daily.example/story", [32, 0, 0, 0])
    for _ in range(80):
        desk.page.locator("[data-do=undo]").click(force=True)
        if desk.page.locator("[data-do=undo]").is_disabled():
            break
    desk.saved()
    assert desk.stored()["content"][0]["type"] == "paragraph"
    assert desk.stored()["attrs"]["theme"]["width"] == 600


def test_block_is_dragged_in_from_the_palette_and_moved_by_its_handle(desk: Desk) -> None:
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("First")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("Second")
    desk.page.locator("[data-insert=divider]").drag_to(desk.paper.locator("p").first, target_position={"x": 80, "y": 4})
    desk.saved()
    assert [node["type"] for node in desk.stored()["content"]][:3] == ["divider", "paragraph", "paragraph"]
    desk.paper.locator("p").nth(1).hover()
    desk.page.locator(".grip").drag_to(desk.paper.locator("p").first, target_position={"x": 80, "y": 4})
    desk.saved()
    assert [outline(node) for node in desk.stored()["content"]][1:3] == ["paragraph(Second)", "paragraph(First)"]


def test_newer_text_of_somebody_else_is_shown_beside_mine(desk: Desk) -> None:
    with desk.place.inside():
        mailing = db.session.get_one(Mailing, (desk.place.id, desk.mailing_id))
        theirs = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Theirs"}]}]}
        mailing.document, mailing.version = theirs, mailing.version + 1
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("Mine")
    dialog = desk.page.get_by_role("dialog", name="There are two texts of this mail")
    expect(dialog).to_contain_text("Theirs")
    expect(dialog).to_contain_text("Mine")
    assert outline(desk.stored()) == "doc(paragraph(Theirs))"
    dialog.get_by_role("button", name="Go on with mine").click()
    expect(desk.page.locator("[data-saved][data-tone=calm]")).to_contain_text("Saved at")
    assert outline(first_block(desk)) == "paragraph(Mine)"


def test_what_is_written_without_a_connection_is_kept_and_sent_later(desk: Desk) -> None:
    desk.page.route("**/document", lambda route: route.abort())
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("On the train")
    expect(desk.page.locator("[data-saved]")).to_contain_text("Kept in this browser")
    desk.open()
    expect(desk.paper).to_contain_text("On the train")
    desk.page.unroute("**/document")
    desk.saved()
    assert outline(first_block(desk)) == "paragraph(On the train)"


def test_block_is_shown_to_those_who_meet_a_condition_built_by_clicks(desk: Desk) -> None:
    desk.paper.locator("p").first.click()
    desk.page.keyboard.type("Only for some")
    desk.page.get_by_text("Shown only if …").first.click()
    desk.page.get_by_role("button", name="Set a condition").click()
    dialog = desk.page.get_by_role("dialog", name="Shown only if …")
    dialog.get_by_role("button", name="Add a condition").click()
    dialog.get_by_label("What is asked").select_option("name")
    expect(dialog.get_by_label("How it is compared")).to_have_value("is")
    dialog.get_by_label("Value").fill("Minji")
    dialog.get_by_role("button", name="Set the condition").click()
    expect(dialog).to_be_hidden()
    desk.saved()
    leaf = {"what": "name", "is": "is", "value": ["Minji"]}
    assert first_block(desk)["attrs"]["condition"] == {"of": {"all": [leaf]}}
    desk.page.get_by_role("button", name="Show to everybody").click()
    desk.saved()
    assert first_block(desk)["attrs"]["condition"] is None
    assert desk.complaints == []


def test_pasted_picture_is_uploaded_named_and_used_again(desk: Desk) -> None:
    desk.page.route(f"{desk.place.url}/m/**", lambda route: route.fulfill(body=DOT, content_type="image/gif"))
    desk.paper.locator("p").first.click()
    desk.page.evaluate(
        """bytes => {
          const data = new DataTransfer();
          const whole = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));
          data.items.add(new File([whole], "river.gif", { type: "image/gif" }));
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          document.querySelector("[data-paper] .ProseMirror").dispatchEvent(event);
        }""",
        b64encode(DOT).decode(),
    )
    expect(desk.paper.locator("img.picture")).to_have_count(1)
    expect(desk.page.get_by_label("What the picture shows")).to_be_focused()
    desk.page.keyboard.type("The river at night")
    desk.saved()
    picture = first_block(desk)
    assert picture["attrs"]["alt"] == "The river at night"
    assert picture["attrs"]["src"].startswith(f"{desk.place.url}/m/")
    desk.page.locator("[data-insert=image]").click()
    desk.page.get_by_role("button", name="From the library").click()
    desk.page.get_by_role("dialog", name="Pictures of the workspace").get_by_role("button", name="river").click()
    desk.saved()
    media = [node["attrs"]["media"] for node in desk.stored()["content"] if node["type"] == "image"]
    assert media == [picture["attrs"]["media"]] * 2


def test_picture_inside_pasted_words_is_uploaded_too(desk: Desk) -> None:
    desk.page.route(f"{desk.place.url}/m/**", lambda route: route.fulfill(body=DOT, content_type="image/gif"))
    paste(desk, f'<p>Before</p><img alt="A dot" src="data:image/gif;base64,{b64encode(DOT).decode()}"><p>After</p>')
    expect(desk.paper.locator("img.picture")).to_have_count(1)
    desk.saved()
    words, picture, after = desk.stored()["content"][:3]
    assert [outline(words), picture["attrs"]["alt"], outline(after)] == [
        "paragraph(Before)",
        "A dot",
        "paragraph(After)",
    ]
    assert picture["attrs"]["media"] is not None
    assert desk.complaints == []


def test_design_of_somebody_else_is_kept_as_html_and_what_cleaning_took_out_is_told(desk: Desk) -> None:
    design = starter("newsletter", "en").html.replace("</body>", "<script>x</script></body>")
    with desk.place.inside():
        fresh = Mailing(subject="Design")
        db.session.add(fresh)
        db.session.flush()
        number = fresh.id
    desk.page.goto(f"{desk.url}/mailings/{number}/body")
    desk.page.get_by_role("button", name="HTML").click()
    desk.page.locator(".cm-content").evaluate(
        """(field, html) => {
          const data = new DataTransfer();
          data.setData("text/plain", html);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        design,
    )
    desk.page.get_by_role("button", name="Save and look at it").click()
    expect(desk.page.locator("#flashes")).to_contain_text(re.compile("taken out: .*<script>"))
    expect(desk.page.locator("del").first).to_be_visible()
    desk.page.get_by_role("link", name="Preview and test").click()
    shown = desk.page.frame_locator("iframe.mail-frame")
    expect(shown.locator("body")).to_contain_text("Our newsletter")
    assert desk.page.locator("iframe.mail-frame").get_attribute("sandbox") == (
        "allow-popups allow-popups-to-escape-sandbox"
    )


def test_block_is_saved_for_other_mails_and_inserted_again(desk: Desk) -> None:
    desk.open()
    desk.paper.get_by_text("Unsubscribe").click()
    desk.page.locator("[data-trail] button").first.click()
    desk.page.locator("[data-keep-block] summary").click()
    desk.page.fill("#block-title", "Our foot")
    desk.page.get_by_role("button", name="Save as a new one").click()
    expect(desk.page.locator("[data-tell]")).to_contain_text("The block is saved.")
    desk.saved()
    desk.page.reload()
    desk.page.get_by_role("button", name="Our foot").click()
    expect(desk.paper.get_by_text("Unsubscribe")).to_have_count(2)
    assert desk.complaints == []
