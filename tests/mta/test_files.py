"""Attachments, from the product's side to the receiver's: kept apart from the plan, carried whole, signed."""

from __future__ import annotations

import email
from email import policy
from hashlib import sha256

import pytest
from redis import Redis

from mta import plans
from mta.client import Client
from mta.contract import Attachment, Plan, Status
from mta.sink import Behaviour
from tests.mta.support import Desk, a_plan, desk, run
from tests.mta.test_signing import SECRET, key, verifies

CONTENT = bytes(range(256)) * 4_000  # a megabyte, which takes many pieces on its way
DIGEST = sha256(CONTENT).hexdigest()
NAME = "3월 보고서 (최종) — 이사회에 올리는 아주 긴 이름의 문서.pdf"


def with_file(plan_id: str = "plan") -> Plan:
    file = Attachment(name=NAME, content_type="application/pdf", digest=DIGEST)
    return a_plan(plan_id, attachments=[file], signing=[key("rsa")[0]])


def see_that_whole(content: bytes) -> None:
    assert verifies(content, ("rsa",))
    [file] = list(email.message_from_bytes(content, policy=policy.default).iter_attachments())
    assert (file.get_filename(), file.get_content_type()) == (NAME, "application/pdf")
    assert file.get_payload(decode=True) == CONTENT


@pytest.mark.parametrize("pipelining", [True, False])
def test_everybody_gets_the_file_whole_under_its_name_and_the_mail_verifies(spool_url: str, pipelining: bool) -> None:
    async def send() -> list[bytes]:
        async with desk(spool_url, Behaviour(pipelining=pipelining), key_secret=SECRET, connections=2) as d:
            d.client.put_file(1, DIGEST, CONTENT)
            d.feed(with_file(), count=4)
            await d.finals(4)
            return d.sink.contents

    contents = run(send())
    assert len(contents) == 4
    for content in contents:
        see_that_whole(content)


def test_the_plan_itself_stays_small(client: Client, redis: Redis) -> None:
    client.put_file(1, DIGEST, CONTENT)
    client.put_plan(with_file())
    assert redis.strlen("mta:plan:plan") < 5_000
    assert client.has_file(1, DIGEST)
    assert not client.has_file(2, DIGEST)
    client.drop_file(1, DIGEST)
    assert not client.has_file(1, DIGEST)


def test_without_the_file_the_mail_waits_to_be_fed_again(spool_url: str) -> None:
    async def send() -> None:
        async with desk(spool_url, key_secret=SECRET) as d:
            d.feed(with_file(), count=1)
            await d.until(lambda: not d.client.open_batches(1, "7"))
            assert not d.outcomes
            d.client.put_file(1, DIGEST, CONTENT)
            d.feed(with_file(), count=1)
            await d.finals(1)
            see_that_whole(d.sink.contents[0])

    run(send())


def test_a_server_that_refuses_after_the_data_gets_the_next_mail_on_the_same_line(spool_url: str) -> None:
    async def send() -> Desk:
        async with desk(spool_url, Behaviour(reject_data_every=2), key_secret=SECRET, connections=1) as d:
            d.client.put_file(1, DIGEST, CONTENT)
            d.feed(with_file(), count=4)
            await d.finals(4)
            return d

    assert run(send()).counts() == {Status.ACCEPTED: 2, Status.BOUNCED: 2}


def test_heavy_plans_leave_memory_first(monkeypatch: pytest.MonkeyPatch, spool_url: str) -> None:
    monkeypatch.setattr(plans, "KEPT_BYTES", 2 * len(CONTENT))

    async def send() -> int:
        async with desk(spool_url, key_secret=SECRET) as d:
            d.client.put_file(1, DIGEST, CONTENT)
            [engine] = d.tasks
            for n in range(3):
                d.feed(a_plan(f"plan{n}", mailing=str(n), attachments=with_file().attachments), count=1)
            await d.finals(3)
            return sum(len(each.tail) for each in engine._plans._compiled.values())

    assert run(send()) < 2 * len(CONTENT)
