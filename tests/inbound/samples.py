"""Mails as providers send them back: their forms are those of RFC 5965, appendix B, and RFC 3464, appendix E."""

from __future__ import annotations

TOKEN = "A" * 42 + "_"


def enclosed(token: str, *more: str, domain: str = "messagepark.test") -> str:
    """The mail that somebody complains about, as it left us, with the recipient blacked out."""
    return "\r\n".join(
        [
            f"Return-Path: <bounce+{token}@bounces.{domain}>",
            f"Message-ID: <{token}@{domain}>",
            f"List-Unsubscribe: <https://daily.{domain}/t/u/{token}>",
            "From: Daily News <news@example.com>", "To: redacted@redacted.invalid", "Subject: Today", *more,
            "MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", "", "<p>Hello</p>", "",
        ]
    )  # fmt: skip


def _report(kind: str, report: str, original: str, *, form: str = "message/rfc822") -> bytes:
    part = kind.replace("feedback-report", "message/feedback-report").replace("delivery-", "message/delivery-")
    return "\r\n".join(
        [
            "From: <feedback@provider.example>", "To: <feedback@messagepark.test>", "Subject: Report",
            "MIME-Version: 1.0", f'Content-Type: multipart/report; report-type={kind}; boundary="b1"', "",
            "--b1", "Content-Type: text/plain; charset=us-ascii", "", "This is a report about a mail.", "",
            "--b1", f"Content-Type: {part}", "", report, "",
            "--b1", f"Content-Type: {form}", "Content-Disposition: inline", "", original, "--b1--", "",
        ]
    ).encode()  # fmt: skip


def complaint(original: str, kind: str = "abuse", *more: str) -> bytes:
    fields = [f"Feedback-Type: {kind}", "User-Agent: Provider/1.0", "Version: 1", *more]
    return _report("feedback-report", "\r\n".join(fields), original)


def from_microsoft(original: str) -> bytes:
    """No report: the mail as an attachment, with whose mailbox it was in among its own headers."""
    return "\r\n".join(
        [
            "From: staff@hotmail.com", "Subject: complaint about message from 192.0.2.10", "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="b1"', "", "--b1", "Content-Type: message/rfc822", "",
            "X-HmXmrOriginalRecipient: reader@outlook.com", original, "--b1--", "",
        ]
    ).encode()  # fmt: skip


def bounce(
    original: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "",
    address: str = "",
    form: str = "message/rfc822",
) -> bytes:
    lines = ["Reporting-MTA: dns; mx.example.com", "", f"Final-Recipient: rfc822; {address}", f"Action: {action}"]
    lines += [f"Status: {status}"] if status else []
    lines += [f"Diagnostic-Code: {diagnostic}"] if diagnostic else []
    return _report("delivery-status", "\r\n".join(lines), original, form=form)
