"""Encryption on the way, against a real server with a certificate nobody vouches for."""

from __future__ import annotations

import pytest

from mta.contract import Status
from mta.ports import Tls
from mta.shaping import Limits, Shaping
from tests.mta.servers import Authority, Certificate, Receiver, receive
from tests.mta.support import a_plan, desk, run


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Authority(tmp_path_factory.mktemp("tls")).issue("somebody.example", self_signed=True)


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("offered", [True, False])
def test_mail_is_encrypted_where_that_is_offered(
    spool_url: str, certificate: Certificate, pipelining: bool, offered: bool
) -> None:
    async def story() -> None:
        receiver = Receiver(pipelining)
        port, server = await receive(receiver, certificate if offered else None)
        async with desk(spool_url, relay=f"127.0.0.1:{port}", connections=2) as d:
            d.feed(a_plan(), count=20)
            outcomes = await d.finals(20)
            assert {o.status for o in outcomes} == {Status.ACCEPTED}
            assert {o.tls for o in outcomes} == {"TLSv1.3 opportunistic" if offered else "none"}
        assert receiver.encrypted == [offered] * 20
        server.close()

    run(story())


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("offered", [True, False])
def test_where_encryption_is_required_nothing_leaves_without_a_good_certificate(
    spool_url: str, certificate: Certificate, pipelining: bool, offered: bool
) -> None:
    async def story() -> None:
        receiver = Receiver(pipelining)
        port, server = await receive(receiver, certificate if offered else None)
        async with desk(spool_url, relay=f"127.0.0.1:{port}", start=False, hold=0.2, retry_delays=(3600.0,)) as d:
            engine = await d.start()
            engine._destinations._shaping = Shaping(Limits(1, tls=Tls.REQUIRED))
            d.feed(a_plan(), count=3)
            await d.until(lambda: d.counts()["deferred"] == 3)
        assert receiver.encrypted == []
        server.close()

    run(story())
