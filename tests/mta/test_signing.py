"""Signatures as others verify them: dkimpy, which shares no code with us."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mta.contract import Mailbox, Plan, Recipient, SigningKey, Slot, Status
from mta.merge import CompiledPlan, Message, PlanError
from mta.sealing import SealError, open_sealed, seal
from mta.signing import BadKey, KeyRing
from tests.mta.support import a_plan, desk, run

SECRET = "a secret of the tests"
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
ROWS = st.lists(
    st.sampled_from([".", ".\r\n", "\r\n", "\n\n\n", " ", "  \n", "\t", "=", "From ", "가나다", "x" * 90, "<p>"]),
    max_size=30,
)


@cache
def key(kind: str, bits: int = 2048) -> tuple[SigningKey, bytes]:
    """Return a sealed key and the TXT record that belongs to it."""
    private: Any = generate_private_key(65537, bits) if kind == "rsa" else Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if isinstance(private, RSAPrivateKey):
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    record = b"v=DKIM1; k=%b; p=%b" % (kind.encode(), base64.b64encode(public))
    sealed = seal(pem, domain="daily-park.example", selector=kind, secret=SECRET)
    algorithm: Any = f"{kind}-sha256"
    return SigningKey(domain="daily-park.example", selector=kind, algorithm=algorithm, sealed=sealed), record


def signed(plan: Plan, values: list[str], *kinds: str) -> Message:
    ring = KeyRing(SECRET)
    compiled = CompiledPlan(plan, [ring.signer(key(kind)[0]) for kind in kinds])
    return compiled.merge(Recipient(1, "kim@example.com", values), 1_700_000_000.0)


def verifies(content: bytes, kinds: tuple[str, ...]) -> bool:
    def txt(name: bytes | str, timeout: int = 5) -> bytes:
        text = name.decode() if isinstance(name, bytes) else name
        return key(text.partition(".")[0])[1]

    verifier = dkim.DKIM(content)
    try:
        return all(verifier.verify(idx=i, dnsfunc=txt) for i in range(len(kinds)))
    except dkim.ValidationError:
        return False


@settings(max_examples=200, deadline=None)  # five mails each
@given(ANY_TEXT, ROWS, ANY_TEXT, ANY_TEXT, st.booleans())
def test_every_mail_verifies(subject: str, rows: list[str], value: str, other: str, html: bool) -> None:
    body = ["".join(rows), Slot(0, "html"), "".join(reversed(rows)), Slot(1, "text"), "".join(rows)]
    plan = a_plan(
        headers=[
            ("From", Mailbox(other[:40], "news@daily-park.example")),
            ("Subject", [subject, Slot(0), Slot(1)]),
            ("List-Unsubscribe", ["<https://daily-park.example/u/", Slot(1, "url"), ">"]),
            ("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        ],
        text=body,
        html=body if html else None,
        return_path=[],
    )
    for values in ([value, other], [other, value], ["", ""], [value[::-1], "."], [other, "".join(rows)]):
        assert verifies(signed(plan, values, "ed25519").content, ("ed25519",))


@pytest.mark.parametrize("kinds", [("rsa",), ("ed25519",), ("rsa", "ed25519")])
def test_both_algorithms_verify_also_together(kinds: tuple[str, ...]) -> None:
    message = signed(a_plan(), ["김철수", "t"], *kinds)
    assert message.content.count(b"DKIM-Signature:") == len(kinds)
    assert verifies(message.content, kinds)


@pytest.mark.parametrize(
    "change",
    [
        (b"example.com", b"example.org"),
        (b"</p>", b"</b>"),
        (b"MIME-Version", b"List-Unsubscribe: <https://evil.example/>\r\nMIME-Version"),
        (b"MIME-Version", b"From: Evil <evil@evil.example>\r\nMIME-Version"),
    ],
)
def test_a_mail_that_was_changed_does_not_verify(change: tuple[bytes, bytes]) -> None:
    plan = a_plan(html=None, text=["a plain </p> text"])
    content = signed(plan, ["x", "t"], "ed25519").content
    assert verifies(content, ("ed25519",))
    assert not verifies(content.replace(*change), ("ed25519",))


def test_a_key_opens_only_with_its_secret_for_its_domain() -> None:
    sealed = seal(b"pem", domain="a.example", selector="s", secret=SECRET)
    assert open_sealed(sealed, domain="A.example", selector="s", secret=SECRET) == b"pem"
    for other in ({"domain": "b.example"}, {"selector": "t"}, {"secret": "another"}):
        with pytest.raises(SealError):
            open_sealed(sealed, **({"domain": "a.example", "selector": "s", "secret": SECRET} | other))


def test_short_keys_are_refused_unless_asked_for() -> None:
    short = key("rsa", 1024)[0]
    with pytest.raises(BadKey):
        KeyRing(SECRET).signer(short)
    KeyRing(SECRET, allow_rsa1024=True).signer(short)


def test_a_key_of_another_kind_is_refused() -> None:
    rsa = key("rsa")[0]
    wrong = SigningKey(domain=rsa.domain, selector=rsa.selector, algorithm="ed25519-sha256", sealed=rsa.sealed)
    with pytest.raises(BadKey):
        KeyRing(SECRET).signer(wrong)


def test_a_signed_field_may_not_stand_twice() -> None:
    with pytest.raises(PlanError):
        CompiledPlan(a_plan(headers=[("From", Mailbox("", "a@b.kr")), ("Subject", ["a"]), ("subject", [Slot(0)])]))


def test_what_arrives_verifies(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, key_secret=SECRET) as d:
            d.feed(a_plan(signing=[key("rsa")[0]]), count=5)
            assert {o.status for o in await d.finals(5)} == {Status.ACCEPTED}
            assert all(verifies(content, ("rsa",)) for content in d.sink.contents)

    run(story())
