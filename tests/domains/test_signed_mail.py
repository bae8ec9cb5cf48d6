"""What the MTA is told to sign mail with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redis import Redis

from app.core import clock
from app.core.notices import Notice, NoticeMail, post_notice
from app.core.site import settings
from app.domains import queries, service
from app.domains.terms import Purpose
from app.sending import queries as sending
from app.sending.models import Launch
from app.sending.plan import MailPlan, make_plan
from mta.contract import Plan, Recipient
from mta.merge import CompiledPlan
from mta.sealing import SealError, open_sealed
from mta.signing import KeyRing
from tests.domains.conftest import Owned
from tests.domains.dns_server import DnsServer
from tests.support.mailings import make_list, people, schedule
from tests.support.receivers import verified_by
from tests.support.workspaces import Place
from worker.carrier import notice_plan, plan_of

Add = Callable[..., Owned]


def mailing_of(place: Place) -> int:
    return schedule(place, [make_list(place, people(1))])


def plan_from(place: Place, address: str, mailing_id: int | None = None) -> MailPlan:
    mailing_id = mailing_id or mailing_of(place)
    with place.inside():
        launch = sending.launch(mailing_id)
        assert isinstance(launch, Launch)
        launch.sender_address = address
        return make_plan(launch, place.workspace)


def opened(plan: Plan) -> bytes:
    [key] = plan.signing
    return open_sealed(key.sealed, domain=key.domain, selector=key.selector, secret=settings().key_secret)


def test_a_mailing_carries_its_senders_key_sealed(add: Add, workspace: Place, name: str) -> None:
    add(workspace, name, ready=True)
    mail_plan = plan_from(workspace, f"news@{name}")
    with workspace.inside():
        [identity] = queries.signing_keys(f"news@{name}")
    plan = plan_of(mail_plan)
    [key] = plan.signing
    assert (key.domain, key.selector) == (name, "mp1")
    assert b"PRIVATE" not in key.sealed
    assert opened(plan) == identity.private_pem
    with pytest.raises(SealError):
        open_sealed(key.sealed, domain=key.domain, selector=key.selector, secret="another")
    assert plan.return_path[-1] == f"@mp-bounce.{name}"


@pytest.mark.usefixtures("service_keys")
def test_mail_of_an_unverified_domain_is_signed_by_the_service_as_its_return_path_is(
    add: Add, workspace: Place, name: str
) -> None:
    add(workspace, name, Purpose.DKIM_1, Purpose.RETURN_PATH)
    plan = plan_of(plan_from(workspace, f"news@{name}"))
    assert [key.domain for key in plan.signing] == ["messagepark.test"]
    assert plan.return_path[-1] == "@messagepark.test"


def test_another_key_is_another_plan(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    mailing_id = mailing_of(workspace)
    before = plan_from(workspace, f"news@{name}", mailing_id).id
    assert plan_from(workspace, f"news@{name}", mailing_id).id == before
    with workspace.inside():
        service.rotate_keys(owned.id, now=owned.view().rotated_at)
    assert plan_from(workspace, f"news@{name}", mailing_id).id != before


@pytest.mark.usefixtures("service_keys")
def test_notices_are_signed_by_the_service_and_test_mails_by_their_sender(
    add: Add, workspace: Place, name: str
) -> None:
    add(workspace, name, ready=True)
    for address, domain in (("no-reply@messagepark.test", "messagepark.test"), (f"news@{name}", name)):
        with workspace.inside():
            signing = queries.signing_keys(address, tenant_id=workspace.id)
            notice = Notice(id=1, tenant_id=workspace.id, address="a@b.example", sender_name="", sender_address=address,
                            subject="", html="", text="", attachments=[])  # fmt: skip
            plan = notice_plan(notice, settings().mail_domain, signing)
        assert [key.domain for key in plan.signing] == [domain]
        assert b"BEGIN PRIVATE KEY" in opened(plan)


@pytest.mark.usefixtures("service_keys")
def test_the_outbox_is_fed_with_signed_plans(
    workspace: Place, run_tasks: Callable[[], None], redis_server: Redis
) -> None:
    with workspace.inside():
        post_notice(NoticeMail("a@b.example", "Hello", "<p>x</p>", "x", "Service", "no-reply@messagepark.test"))
    run_tasks()
    plans = [redis_server.get(key) for key in redis_server.scan_iter("mta:plan:notice-*")]
    assert any(b"messagepark.test" in plan and b"rsa-sha256" in plan for plan in plans)


def sent(mail_plan: MailPlan) -> bytes:
    """A mail as the MTA sends it."""
    plan, ring = plan_of(mail_plan), KeyRing(settings().key_secret)
    compiled = CompiledPlan(plan, [ring.signer(key) for key in plan.signing])
    return compiled.merge(Recipient(1, "kim@example.com", ["t" * 43, "Kim"]), 1_700_000_000.0).content


def test_receivers_verify_the_mail_by_the_customers_dns_before_and_after_a_rotation(
    add: Add, workspace: Place, name: str, dns: DnsServer
) -> None:
    owned = add(workspace, name, ready=True)
    mailing_id = mailing_of(workspace)
    first = sent(plan_from(workspace, f"news@{name}", mailing_id))
    with workspace.inside():
        service.rotate_keys(owned.id, now=clock.now())
    second = sent(plan_from(workspace, f"news@{name}", mailing_id))
    assert b"s=mp1;" in first
    assert b"s=mp2;" in second
    assert verified_by(first, dns)
    assert verified_by(second, dns)
    assert not verified_by(first.replace(b"Daily News", b"Daily Nows"), dns)


def test_receivers_verify_both_signatures_each_by_its_own_record(
    add: Add, workspace: Place, name: str, dns: DnsServer
) -> None:
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    owned.publish(Purpose.DKIM_ED25519)
    owned.check()
    mail = sent(plan_from(workspace, f"news@{name}"))
    assert mail.count(b"DKIM-Signature:") == 2
    assert b"a=rsa-sha256" in mail
    assert b"a=ed25519-sha256" in mail
    assert verified_by(mail, dns, 0)
    assert verified_by(mail, dns, 1)
    assert not verified_by(mail.replace(b"Daily News", b"Daily Nows"), dns, 1)
    dns.forget(owned.wanted(Purpose.DKIM_ED25519).host)
    assert verified_by(mail, dns, 0)
    assert not verified_by(mail, dns, 1)
