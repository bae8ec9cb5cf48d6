"""What the page of a mail tells of its tests: from the button to the MTA, and from its answer back to the page."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from redis import Redis

from app.compose import service
from app.compose.models import Mailing
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.domains import service as domains
from mta.contract import Finding, Outcome, Outcomes, Plan, Proof, Status, pack, unpack_plan
from tests.compose.conftest import Desk
from tests.support.workspaces import Place
from worker import ingest, job
from worker.carrier import NOTICE


@pytest.fixture(autouse=True)
def apps_of_the_process(workspace: Place) -> None:
    job.use_dispatcher(workspace.dispatcher)


@pytest.fixture
def sent(desk: Desk) -> int:
    """A mail with a test on its way."""
    mailing_id = desk.draft()
    desk.client.post(f"/mailings/{mailing_id}/tests", data={"addresses": "kim@example.com"})
    return mailing_id


def notice_of(desk: Desk, mailing_id: int) -> int:
    with desk.place.inside(), control_plane():
        return int(db.session.scalar(sa.select(Notice.id).where(Notice.test_of == mailing_id)) or 0)


def say(redis_server: Redis, desk: Desk, mailing_id: int, status: Status, text: str, *proofs: Proof) -> str:
    """Have the MTA answer, and return what the page then shows of the tests."""
    code = {Status.ACCEPTED: 250, Status.DEFERRED: 451, Status.BOUNCED: 550}[status]
    number = notice_of(desk, mailing_id)
    given = None if status is Status.DEFERRED else list(proofs)
    outcome = Outcome(number, status, time.time(), 1, code, f"{code // 100}.0.0", text, "mx", proofs=given)
    redis_server.xadd("mta:outcomes", {"o": pack(Outcomes(desk.place.id, NOTICE, str(number), [outcome]))})
    ingest.drain()
    return str(desk.client.get(f"/mailings/{mailing_id}/tests").text)


def test_a_test_asks_the_mta_for_proof_and_other_service_mail_does_not(
    desk: Desk, sent: int, run_tasks: Callable[[], None], redis_server: Redis
) -> None:
    run_tasks()
    found = [unpack_plan(redis_server.get(key) or b"") for key in redis_server.scan_iter("mta:plan:notice-*")]
    plans: dict[str, Plan] = {plan.id: plan for plan in found if plan.tenant == desk.place.id}
    test = f"notice-{notice_of(desk, sent)}"
    assert {name: plan.prove for name, plan in plans.items()} == {name: name == test for name in plans}
    assert test in plans


def test_until_there_is_an_answer_the_page_looks_again(desk: Desk, sent: int, redis_server: Redis) -> None:
    page = desk.client.get(f"/mailings/{sent}/preview").text
    assert "Tests sent" in page
    assert "on its way" in page
    assert f'hx-get="/mailings/{sent}/tests"' in page
    waiting = say(redis_server, desk, sent, Status.DEFERRED, "greylisted")
    assert "not taken yet" in waiting
    assert "451 4.0.0 greylisted" in waiting
    done = say(redis_server, desk, sent, Status.ACCEPTED, "queued", Proof("x.example", "mp1", Finding.PASS, True))
    assert "250 2.0.0 queued" in done
    assert "hx-get" not in done


def test_a_mail_without_tests_says_nothing_of_them(desk: Desk) -> None:
    assert "Tests sent" not in desk.client.get(f"/mailings/{desk.draft()}/preview").text


@pytest.mark.parametrize(
    ("finding", "aligned", "labels"),
    [
        (Finding.PASS, True, ["DKIM verified", "aligned"]),
        (Finding.PASS, False, ["DKIM verified", "not aligned"]),
        (Finding.FAIL, True, ["DKIM failed", "aligned"]),
        (Finding.NO_KEY, True, ["no key in DNS", "aligned"]),
        (Finding.NO_ANSWER, False, ["DKIM not verified", "not aligned"]),
    ],
)
def test_the_page_tells_what_receivers_find(
    desk: Desk, sent: int, redis_server: Redis, finding: Finding, aligned: bool, labels: list[str]
) -> None:
    page = say(redis_server, desk, sent, Status.ACCEPTED, "ok", Proof("x.example", "mp1", finding, aligned, "because"))
    for label in ["accepted", *labels]:
        assert f">{label}</span>" in page
    assert ("because" in page) == (finding is Finding.FAIL)
    assert ("mp1._domainkey.x.example" in page) == (finding is Finding.NO_KEY)
    assert ('href="/settings/domains"' in page) == (not aligned)


def test_a_missing_key_of_ones_own_leads_to_the_domains_page(desk: Desk, sent: int, redis_server: Redis) -> None:
    with desk.place.inside():
        domain_id = domains.add_domain(f"{desk.place.slug}.example")
    proof = Proof(f"{desk.place.slug}.example", "mp1", Finding.NO_KEY, True)
    page = say(redis_server, desk, sent, Status.BOUNCED, "no", proof)
    assert ">refused</span>" in page
    assert f'href="/settings/domains/{domain_id}"' in page


def test_a_mail_without_a_signature_says_so(desk: Desk, sent: int, redis_server: Redis) -> None:
    assert "not signed" in say(redis_server, desk, sent, Status.ACCEPTED, "ok")


def test_another_workspace_sees_nothing_of_it(
    desk: Desk, sent: int, other_workspace: Place, redis_server: Redis
) -> None:
    say(redis_server, desk, sent, Status.ACCEPTED, "ok", Proof("x.example", "mp1", Finding.PASS, True))
    assert other_workspace.client().get(f"/mailings/{sent}/tests").status_code == 404


def test_a_deleted_mail_takes_its_tests_along(desk: Desk, sent: int) -> None:
    with desk.place.inside():
        service.delete_mailing(db.session.get_one(Mailing, (desk.place.id, sent)))
    assert notice_of(desk, sent) == 0
