"""What the MTA finds of its own signatures, by a name server that says what its test lets it."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import msgspec
import pytest

from mta import holding
from mta.contract import Finding, Mailbox, Outcome, Proof, Status, pack, unpack_plan
from mta.merge import CompiledPlan, Message
from mta.proving import aligned
from mta.sink import Behaviour
from tests.mta.servers import Nameserver, Zone
from tests.mta.support import a_plan, desk, free_port, run
from tests.mta.test_signing import SECRET, key

DOMAIN = "daily-park.example"


def record(kind: str) -> str:
    text = key(kind)[1].decode()
    return " ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250))


def published(*kinds: str) -> Zone:
    return {(f"{kind}._domainkey.{DOMAIN}.", "TXT"): [record(kind)] for kind in kinds}


async def proved(
    spool_url: str, zone: Zone, *kinds: str, behaviour: Behaviour | None = None, broken: bool = False, **more: Any
) -> Outcome:
    """Send a mail that is to be proved, and return what came of it."""
    server, port = Nameserver(zone), free_port()
    if broken:
        server.broken.add("_domainkey")
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", port))
    how = {"trusted_resolver": f"127.0.0.1:{port}", "key_secret": SECRET}
    async with desk(spool_url, behaviour, **how) as d:
        signing = [key(kind)[0] for kind in kinds]
        d.feed(a_plan(**({"signing": signing, "prove": True} | more)), count=1)
        [outcome] = await d.finals(1)
        assert not more.get("prove", True) or server.questions == len(kinds)
        return outcome


def test_what_verifies_is_told_of_each_signature(spool_url: str) -> None:
    outcome = run(proved(spool_url, published("rsa", "ed25519"), "rsa", "ed25519"))
    assert outcome.status is Status.ACCEPTED
    assert outcome.proofs == [Proof(DOMAIN, kind, Finding.PASS, True) for kind in ("rsa", "ed25519")]


def test_a_key_that_is_not_in_dns_is_told(spool_url: str) -> None:
    outcome = run(proved(spool_url, published("ed25519"), "rsa", "ed25519"))
    assert [proof.finding for proof in outcome.proofs or []] == [Finding.NO_KEY, Finding.PASS]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('"v=DKIM1; k=rsa; p="', Finding.NO_KEY),
        ('"google-site-verification=1"', Finding.NO_KEY),
        ('"v=DKIM1; k=rsa; p=AAAA"', Finding.FAIL),
        ('"v=DKIM1; k=rsa; p=%%%"', Finding.FAIL),
        (f'"v=DKIM1; k=ed25519; p={b64encode(bytes(32)).decode()}"', Finding.FAIL),
    ],
    ids=["revoked", "no key at all", "cut off", "no base64", "another one"],
)
def test_what_else_dns_may_hold_is_told(spool_url: str, text: str, finding: Finding) -> None:
    outcome = run(proved(spool_url, {(f"rsa._domainkey.{DOMAIN}.", "TXT"): [text]}, "rsa"))
    assert [proof.finding for proof in outcome.proofs or []] == [finding]


def test_dns_that_does_not_answer_is_a_result(spool_url: str) -> None:
    outcome = run(proved(spool_url, {}, "rsa", broken=True))
    assert [(proof.finding, proof.aligned) for proof in outcome.proofs or []] == [(Finding.NO_ANSWER, True)]


def test_a_signature_in_another_name_is_not_aligned(spool_url: str) -> None:
    headers = [("From", Mailbox("", "kim@elsewhere.example")), ("Subject", ["x"])]
    outcome = run(proved(spool_url, published("rsa"), "rsa", headers=headers))
    assert outcome.proofs == [Proof(DOMAIN, "rsa", Finding.PASS, False)]


def test_a_mail_that_was_refused_is_proved_as_well(spool_url: str) -> None:
    behaviour = Behaviour(reject_data_every=1)
    outcome = run(proved(spool_url, published("rsa"), "rsa", behaviour=behaviour))
    assert (outcome.status, [proof.finding for proof in outcome.proofs or []]) == (Status.BOUNCED, [Finding.PASS])


def test_without_keys_there_is_nothing_to_prove(spool_url: str) -> None:
    assert run(proved(spool_url, {})).proofs == []


def test_without_the_wish_nothing_is_asked(spool_url: str) -> None:
    assert run(proved(spool_url, {}, "rsa", prove=False)).proofs is None


class Slow:
    """A prover whose name server keeps it waiting."""

    async def prove(self, mail: CompiledPlan, message: Message) -> list[Proof]:
        await asyncio.sleep(3600)
        raise AssertionError


class Faulty:
    async def prove(self, mail: CompiledPlan, message: Message) -> list[Proof]:
        raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("prover", [Slow(), Faulty()], ids=["slow", "faulty"])
def test_no_proof_keeps_an_answer_back(spool_url: str, monkeypatch: pytest.MonkeyPatch, prover: Any) -> None:
    monkeypatch.setattr(holding, "PROOF_SECONDS", 0.05)

    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            engine = await d.start()
            engine._holding._prover = prover
            d.feed(a_plan(prove=True), count=2)
            outcomes = await d.finals(2)
            assert {(o.status, o.proofs) for o in outcomes} == {(Status.ACCEPTED, None)}

    run(story())


def test_an_engine_that_stops_waits_for_no_proof_and_forgets_no_answer(spool_url: str) -> None:
    async def story() -> None:
        async with desk(spool_url, start=False) as d:
            engine = await d.start()
            engine._holding._prover = Slow()
            d.feed(a_plan(prove=True), count=3)
            await d.until(lambda: len(d.sink.accepted) == 3)
            await d.stop(engine)
            assert len(await d.finals(3, seconds=1.0)) == 3
            await d.start()
            d.feed(a_plan("next", mailing="8"), count=1)
            await d.finals(4)
            assert len(d.sink.accepted) == 4, "nobody got it twice"

    run(story())


@pytest.mark.parametrize(
    ("signer", "author", "together"),
    [
        ("daily.example", "daily.example", True),
        ("daily.example", "news.daily.example", True),
        ("mail.daily.example", "news.daily.example", True),
        ("daily.co.kr", "news.daily.co.kr", True),
        ("daily.co.kr", "weekly.co.kr", False),
        ("co.kr", "daily.co.kr", False),
        ("xn--9n2bp8q.example", "news.xn--9n2bp8q.example", True),
        ("Daily.example.", "daily.example", True),
        ("another.example", "daily.example", False),
    ],
)
def test_alignment_goes_by_who_registered_the_name(signer: str, author: str, together: bool) -> None:
    assert aligned(signer, author) is together


def test_plans_and_outcomes_of_before_are_read() -> None:
    plan = a_plan()
    before = msgspec.msgpack.decode(pack(plan))
    del before["prove"]
    assert unpack_plan(msgspec.msgpack.encode(before)) == plan
    outcome = Outcome(1, Status.ACCEPTED, 1.0, 1, 250, "2.0.0", "ok", "mx", "", "none", False)
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(outcome))
    assert msgspec.convert(fields[:11], Outcome) == outcome
