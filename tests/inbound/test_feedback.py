"""Reading what came back: honest forms are understood, and no other mail costs much or says anything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracking import feedback
from app.tracking.feedback import Bounce, Complaint, Returned
from tests.inbound import samples
from tests.inbound.samples import TOKEN, enclosed


@pytest.mark.parametrize(
    "mail",
    [
        samples.complaint(enclosed(TOKEN)),
        samples.complaint(enclosed(TOKEN), "Abuse", "Original-Rcpt-To: redacted@yahoo.com", "Source-IP: 192.0.2.10"),
        samples.from_microsoft(enclosed(TOKEN)),
        samples.complaint(enclosed(TOKEN)).replace(b"charset=us-ascii", b"charset=x-unheard-of"),
        samples.complaint(enclosed(TOKEN)).replace(b"\r\n", b"\n"),
        samples.complaint(enclosed(TOKEN, "X-Trace: 한국어")).replace("어".encode(), b"\xff\xfe"),
    ],
    ids=["rfc5965", "yahoo", "microsoft", "charset", "bare-newlines", "eight-bits"],
)
def test_a_complaint_is_understood(mail: bytes) -> None:
    assert feedback.read(mail) == Returned(Complaint("abuse"), (TOKEN,))


def test_a_return_path_in_the_report_tells_whose_it_is_where_the_mail_is_blacked_out() -> None:
    hidden = "From: news@example.com\r\nTo: redacted\r\n\r\n"
    mail = samples.complaint(hidden, "abuse", f"Original-Mail-From: <bounce+{TOKEN}@messagepark.test>")
    assert feedback.read(mail) == Returned(Complaint("abuse"), (TOKEN,))


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "other", "dmarc", ""])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    assert feedback.read(samples.complaint(enclosed(TOKEN), kind)) is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"diagnostic": "smtp; 550 5.1.1 <Reader@Example.com>: no such user here"},
            Bounce(550, "5.1.1", "<Reader@Example.com>: no such user here", "reader@example.com"),
        ),
        (
            {"status": "4.4.7", "diagnostic": "X-Provider; delivery time expired"},
            Bounce(400, "4.4.7", "delivery time expired", "reader@example.com"),
        ),
        (
            {"status": "", "diagnostic": "smtp;552-5.2.2 The mailbox\r\n is full"},
            Bounce(552, "5.2.2", "The mailbox is full", "reader@example.com"),
        ),
        ({}, Bounce(500, "5.1.1", "", "reader@example.com")),
        ({"form": "text/rfc822-headers"}, Bounce(500, "5.1.1", "", "reader@example.com")),
    ],
    ids=["reply", "expired", "status-in-the-reply", "no-reply", "headers-alone"],
)
def test_a_late_bounce_is_understood(fields: dict[str, str], said: Bounce) -> None:
    mail = samples.bounce(enclosed(TOKEN), address="Reader@Example.com", **fields)
    assert feedback.read(mail) == Returned(said, (TOKEN,))


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_who_was_not_given_up_did_not_bounce(action: str) -> None:
    assert feedback.read(samples.bounce(enclosed(TOKEN), action=action)) is None


@pytest.mark.parametrize(
    "mail",
    [
        b"", b"\r\n\r\n", b"Subject: I am away\r\n\r\nBack on Monday.",
        enclosed(TOKEN).encode(),
        samples.complaint(enclosed(TOKEN))[:200],
        b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n\r\n",
    ],
    ids=["empty", "nothing", "away", "our-own-mail", "cut-off", "no-boundary"],
)  # fmt: skip
def test_any_other_mail_says_nothing(mail: bytes) -> None:
    assert feedback.read(mail) is None


def nested(depth: int) -> bytes:
    levels = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )
    return levels + b"\r\n" + b"x\r\n" * 50_000


@pytest.mark.parametrize(
    "mail",
    [
        nested(5_000), nested(39),
        b"".join([b"Content-Type: message/rfc822\r\n\r\n"] * 5_000),
        b"Subject: " + b"a\r\n " * 1_000_000,
        samples.complaint("X: y\r\n" * 1_000_000),
        samples.complaint(enclosed("-" * 3_000_000)),
    ],
    ids=["nested", "nested-as-far-as-looked-at", "mails-in-mails", "one-long-field", "many-fields", "long-token"],
)  # fmt: skip
def test_hostile_mail_costs_little(mail: bytes) -> None:
    begun = time.process_time()
    found = feedback.read(mail)
    assert found is None or found.tokens == ()
    assert time.process_time() - begun < 3


@given(st.binary(max_size=600), st.integers(0, 1_000), st.integers(0, 300))
def test_no_bytes_break_it(noise: bytes, at: int, length: int) -> None:
    mail = samples.complaint(enclosed(TOKEN))
    feedback.read(mail[:at] + noise + mail[at + length :])
    feedback.read(noise)
