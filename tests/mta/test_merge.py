"""A merged mail, read by the standard library, says what the plan and the values say."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta.contract import Attachment, Mailbox, Plan, Recipient, Segments, Slot
from mta.encoding import Base64, QuotedPrintable, encode
from mta.merge import CompiledPlan, Message, PlanError, RecipientError
from tests.mta.support import a_plan

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
SEGMENT = st.one_of(ANY_TEXT, st.builds(Slot, st.integers(0, 3), st.sampled_from(["text", "html", "url"])))
VALUES = st.lists(ANY_TEXT, min_size=4, max_size=4)
AWKWARD = st.lists(
    st.sampled_from([".", "..", "\r\n", "\n", " ", "  ", "\t", "=", "From ", "가", "x" * 80, "\r"]), max_size=30
)


def merged(plan: Plan, values: list[str], address: str = "kim@example.com") -> Message:
    return CompiledPlan(plan).merge(Recipient(1, address, values), 1_700_000_000.0)


def read(message: Message) -> EmailMessage:
    return email.message_from_bytes(message.content, policy=policy.default)


def expected(segments: Segments, values: list[str]) -> str:
    ways = {"text": str, "html": escape, "url": lambda v: quote(v, safe="", errors="replace")}
    return "".join(s if isinstance(s, str) else ways[s.form](values[s.n]) for s in segments)


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.lists(SEGMENT, max_size=12), VALUES)
def test_both_encodings_say_what_was_meant(segments: Segments, values: list[str]) -> None:
    for encoding in (QuotedPrintable, Base64):
        part = encoding([*segments, ""]).render(values)
        header = b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: " + encoding.name.encode() + b"\r\n\r\n"
        payload = email.message_from_bytes(header + part).get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert lines(payload.decode()).replace("\n", "") == lines(expected(segments, values)).replace("\n", "")


@given(AWKWARD, AWKWARD, AWKWARD)
def test_an_encoded_part_is_already_canonical_and_needs_no_dot_stuffing(a: Any, b: Any, c: Any) -> None:
    part = encode(["".join(a), Slot(0), "".join(b), Slot(1), "".join(c)])
    rendered = part.render(["".join(c), "".join(a)])
    for line in rendered.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"  " not in line
        assert b"\t" not in line
        assert b"\r" not in line
        assert b"\n" not in line


@given(LINE, LINE, LINE)
def test_headers_say_what_was_meant_and_hold_no_other_header(name: str, subject: str, value: str) -> None:
    plan = a_plan(
        headers=[("From", Mailbox(name, "news@example.com")), ("Subject", [subject, Slot(0)])], to_name=[Slot(0)]
    )
    message = merged(plan, [value])
    parsed = read(message)
    assert all(len(line) <= 998 for line in message.content.split(b"\r\n"))
    assert message.content.isascii()
    assert " ".join(str(parsed["Subject"]).split()) == " ".join((subject + value).split())
    assert len(parsed.get_all("From", [])) == len(parsed.get_all("To", [])) == 1


@pytest.mark.parametrize(
    "name", ["데일리 파크", "Kim, Chulsoo", 'The "Park"', "a@b", "Plain Name", "김철수 (편집국)", "back\\slash"]
)
def test_a_senders_name_is_right(name: str) -> None:
    plan = a_plan(headers=[("From", Mailbox(name, "news@example.com"))])
    address = read(merged(plan, []))["From"].addresses[0]
    assert (address.display_name, address.addr_spec) == (name, "news@example.com")


def test_a_value_cannot_add_a_header() -> None:
    message = merged(a_plan(), ["x\r\nBcc: spy@example.com\r\n\r\nbody", "t"])
    assert read(message)["Bcc"] is None


def test_a_long_korean_subject_is_folded_between_characters() -> None:
    subject = "가나다라마바사아자차카타파하" * 20
    message = merged(a_plan(headers=[("From", Mailbox("", "a@b.kr")), ("Subject", [subject])]), [])
    assert read(message)["Subject"] == subject
    assert all(len(line) <= 76 for line in message.head.split(b"\r\n"))


def test_a_url_in_a_header_is_not_touched() -> None:
    url = "https://daily-park.example/u/" + "a" * 200
    plan = a_plan(headers=[("From", Mailbox("", "a@b.kr")), ("List-Unsubscribe", ["<", url, Slot(0, "url"), ">"])])
    assert read(merged(plan, ["토큰"]))["List-Unsubscribe"] == f"<{url}{quote('토큰')}>"
    assert f"<{url}".encode() in merged(plan, [""]).head


def test_the_parts_are_nested_as_mail_programs_want_them() -> None:
    picture = Attachment(name="logo.png", content_type="image/png", content=b"png", content_id="logo")
    file = Attachment(name="이번 주 소식 아주 긴 이름.pdf", content_type="application/pdf", content=b"pdf" * 100)
    message = read(merged(a_plan(attachments=[picture, file]), ["김철수", "t"]))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    found = list(message.walk())
    assert found[-1].get_filename() == "이번 주 소식 아주 긴 이름.pdf"
    assert found[-1].get_payload(decode=True) == b"pdf" * 100
    assert found[-2]["Content-ID"] == "<logo>"


def test_a_mail_of_one_part_has_no_boundary() -> None:
    message = read(merged(a_plan(text=None), ["<b>", "t"]))
    assert message.get_content_type() == "text/html"
    assert message.get_content().strip() == "<p>안녕하세요 &lt;b&gt;</p>"


def test_domains_beyond_ascii_travel_as_idna() -> None:
    message = merged(a_plan(), ["x", "t"], address="kim@공원.kr")
    assert message.recipient == "kim@xn--ob0b930c.kr"
    assert not message.utf8
    assert merged(a_plan(), ["x", "t"], address="김@공원.kr").utf8


def test_a_mail_keeps_its_message_id_from_attempt_to_attempt() -> None:
    compiled = CompiledPlan(a_plan())
    someone = Recipient(4, "kim@example.com", ["x", "t"])
    ids = {email.message_from_bytes(compiled.merge(someone, now).content)["Message-ID"] for now in (1.0, 5000.0)}
    assert len(ids) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"headers": [("Subject", ["x"])]},
        {"headers": [("From", Mailbox("", "nobody"))]},
        {"headers": [("From", Mailbox("", "a@b.kr")), ("Bad name", ["x"])]},
        {"headers": [("From", Mailbox("", "a@b.kr")), ("Content-Type", ["x"])]},
        {"html": None, "text": None},
    ],
)
def test_a_plan_that_makes_no_mail_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        CompiledPlan(a_plan(**change))


@pytest.mark.parametrize(
    "address", ["", "x", "a@", "@b", "a b@c.d", "a@b@c", "a@b>\r\nRCPT TO:<x@y.z", "x" * 250 + "@a.bc"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(RecipientError):
        merged(a_plan(), ["x", "t"], address=address)


def test_files_are_the_same_bytes_for_everybody_and_end_the_body() -> None:
    file = Attachment(name="보고서.pdf", content_type="application/pdf", content=bytes(range(256)) * 400)
    compiled = CompiledPlan(a_plan(attachments=[file]))
    one, other = (compiled.merge(Recipient(n, "kim@example.com", [f"독자{n}", "t"]), 1_700_000_000.0) for n in (1, 2))
    assert one.tail is other.tail
    assert len(one.body) < 1_000
    assert len(one) == len(one.content) - 2
    found = list(read(one).walk())[-1]
    assert (found.get_filename(), found.get_payload(decode=True)) == ("보고서.pdf", file.content)
