from __future__ import annotations

import pytest
from hypothesis import given

from app.document import merge
from app.document.merge import Tag
from tests.document.strategies import NAMES, VALUES, WORDS


def test_text_is_parsed_into_words_and_tags() -> None:
    assert merge.parse("안녕 {{ name | 고객 }}님, {{email}}") == ["안녕 ", Tag("name", "고객"), "님, ", Tag("email")]


@pytest.mark.parametrize(
    "text", ["{name}", "{{}}", "{{na me}}", "{{a.b}}", "{{x|<b>}}", "{{ 7*'7' + x }}", "{{name", "{%if%}"]
)
def test_anything_else_is_only_text(text: str) -> None:
    assert merge.parse(text) == [text]
    assert merge.render(text, {"name": "x", "a": "y"}) == text


@given(NAMES, WORDS, VALUES)
def test_value_is_never_read_as_a_tag_again(name: str, default: str, values: dict[str, str]) -> None:
    text = "{{" + name + "}}"
    assert merge.render(text, values | {name: "{{email}}"}) == "{{email}}"


def test_forms_fit_their_place() -> None:
    values = {"name": '<A&B> "c" 가'}
    assert merge.render("{{name}}", values, "text") == '<A&B> "c" 가'
    assert merge.render("{{name}}", values, "html") == "&lt;A&amp;B&gt; &quot;c&quot; 가"
    assert merge.render("{{name}}", values, "url") == "%3CA%26B%3E%20%22c%22%20%EA%B0%80"


def test_line_breaks_in_values_become_spaces() -> None:
    assert merge.render("{{name}}", {"name": "a\r\nBcc: b"}) == "a Bcc: b"


def test_unknown_names_and_broken_tags_are_found() -> None:
    assert merge.unknown(["{{name}} {{nmae}}", "{{unsubscribe_url}} {{회사}}"], ["name", "email"]) == ["nmae", "회사"]
    assert merge.broken("{{name}} {{na<b>me</b>}} {{ok|x}} {{") == ["{{na<b>me</b>}}  {{"]
    assert merge.broken("{{name}} and {{ok|x}}") == []


@pytest.mark.parametrize(
    ("tag", "value", "korean", "english"),
    [
        ("{{x:upper}}", "ab가", "AB가", "AB가"),
        ("{{x:lower}}", "AB", "ab", "ab"),
        ("{{x:number}}", "1234567.5", "1,234,567.5", "1,234,567.5"),
        ("{{x:number.2}}", "1,234", "1,234.00", "1,234.00"),
        ("{{x:number.1}}", "many", "many", "many"),
        ("{{x:date}}", "2026-11-23", "2026. 11. 23.", "Nov 23, 2026"),
        ("{{x:date.long}}", "2026-11-23T09:00", "2026년 11월 23일", "November 23, 2026"),
        ("{{x:date.day}}", "2026-11-23", "11월 23일", "November 23"),
        ("{{x:date.long}}", "11-23", "11월 23일", "November 23"),
        ("{{x:date.weekday}}", "2026-11-23", "월요일", "Monday"),
        ("{{x:date}}", "soon", "soon", "soon"),
        ("{{x:upper|nobody}}", "", "nobody", "nobody"),
        ("{{x:shout|y}}", "z", "{{x:shout|y}}", "{{x:shout|y}}"),
    ],
)
def test_a_value_is_written_as_its_format_says(tag: str, value: str, korean: str, english: str) -> None:
    assert merge.render(tag, {"x": value}, locale="ko") == korean
    assert merge.render(tag, {"x": value}, locale="en") == english
