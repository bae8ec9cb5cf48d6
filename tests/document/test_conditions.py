"""Blocks that only some see: one slot each, filled for those who match."""

from __future__ import annotations

from app.document.compile import Endpoints, MailSource, compile_mail, fill, preview, slot_values
from app.document.compiled import BlockSlot
from app.document.render import render
from app.document.schema import read_document
from app.document.theme import Look
from tests.document.samples import Json, doc, paragraph, text

SEOUL, NEW = {"city": "Seoul"}, {"new": True}
OFFER = {"type": "link", "attrs": {"href": "https://shop.example/offer"}}
NAME = {"type": "mergeTag", "attrs": {"name": "name", "default": "you"}}


def source_of(*blocks: Json, subject: str = "S", words: str = "") -> tuple[MailSource, list[dict[str, object]]]:
    made = render(read_document(doc(*blocks)), Look(locale="en"))
    return MailSource(subject, made.html, text=words, locale="en"), made.conditions


def seoul(*content: Json) -> Json:
    return paragraph(*content, condition=SEOUL)


def test_only_those_who_match_get_the_block_with_their_own_values() -> None:
    source, conditions = source_of(
        paragraph(text("For all.")), seoul(text("Only Seoul, "), NAME, text(".")), subject="{{name}}!"
    )
    mail = compile_mail(source, Endpoints("https://park.example"))
    kim = {"name": "<Kim>"}
    inside = slot_values(mail.slots, kim, "TOKEN", matched={1})
    outside = slot_values(mail.slots, kim, "TOKEN", matched=set())
    assert conditions == [SEOUL]
    assert mail.conditions == {1}
    assert "Only Seoul, &lt;Kim&gt;." in fill(mail.html, inside)
    assert "Only Seoul, <Kim>." in fill(mail.text, inside)
    for part in (mail.html, mail.text):
        assert "Seoul" not in fill(part, outside)
        assert "For all." in fill(part, outside)
        assert "if 1" not in fill(part, inside)
        assert not any(isinstance(each, str) and "\x02" in each for each in part)
    assert fill(mail.subject, outside) == "<Kim>!"


def test_links_inside_a_block_are_counted() -> None:
    source, _conditions = source_of(seoul(text("offer", OFFER)))
    mail = compile_mail(source, Endpoints("https://park.example"))
    page = fill(mail.html, slot_values(mail.slots, {}, "TOKEN", matched={1}))
    assert [link.url for link in mail.links] == ["https://shop.example/offer"]
    assert 'href="https://park.example/t/c/TOKEN/1"' in page
    assert "shop.example" not in page


def test_a_block_within_a_block_needs_both() -> None:
    inner = paragraph(text("both"), condition=NEW)
    columns = {
        "type": "columns",
        "attrs": {"condition": SEOUL},
        "content": [{"type": "column", "content": [inner]}, {"type": "column", "content": [paragraph(text("one"))]}],
    }
    source, conditions = source_of(columns)
    mail = compile_mail(source, None)
    new, city = conditions.index(NEW) + 1, conditions.index(SEOUL) + 1
    seen = {
        frozenset(matched): fill(mail.text, slot_values(mail.slots, {}, "", matched=matched))
        for matched in [set(), {new}, {city}, {new, city}]
    }
    assert "one" not in seen[frozenset()]
    assert "both" not in seen[frozenset({new})]
    assert "one" in seen[frozenset({city})]
    assert "both" not in seen[frozenset({city})]
    assert "both" in seen[frozenset({new, city})]


def test_an_unsubscribe_link_that_only_some_see_does_not_count_as_one() -> None:
    leave = {"type": "link", "attrs": {"href": "{{unsubscribe_url}}"}}
    source, _conditions = source_of(seoul(text("leave", leave)))
    mail = compile_mail(source, Endpoints("https://park.example"))
    page = fill(mail.html, slot_values(mail.slots, {}, "TOKEN", matched=set()))
    assert "https://park.example/t/u/TOKEN" in page


def test_slots_point_only_backwards() -> None:
    source, _conditions = source_of(seoul(NAME), seoul(text("x")))
    mail = compile_mail(source, Endpoints("https://park.example"))
    for number, slot in enumerate(mail.slots, start=1):
        if isinstance(slot, BlockSlot):
            assert all(isinstance(part, str) or part.n < number for part in slot.segments)


def test_a_text_part_of_ones_own_is_sent_with_counted_links_and_the_way_out() -> None:
    words = "Dear {{name|you}},\n\nsee https://shop.example/offer, or https://other.example <b>\x02if 1\x03"
    source, _conditions = source_of(paragraph(text("offer", OFFER)), words=words)
    mail = compile_mail(source, Endpoints("https://park.example"))
    said = fill(mail.text, slot_values(mail.slots, {"name": "Kim"}, "TOKEN"))
    assert said.startswith("Dear Kim,\n\nsee https://park.example/t/c/TOKEN/1")
    assert "https://other.example <b>" in said
    assert "https://park.example/t/u/TOKEN" in said
    assert "\x02" not in said


def test_a_preview_shows_all_unless_told_whom_it_is_for() -> None:
    source, _conditions = source_of(seoul(text("Only Seoul")))
    assert "Only Seoul" in preview(source, {}).html
    assert "Only Seoul" not in preview(source, {}, matched=()).html
