"""What a look at DNS does to a domain, against a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.notices import Notice
from app.domains import pace, queries, service
from app.domains.models import DomainRecord, SendingDomain
from app.domains.terms import COUNTED, Purpose, RecordState, Standing
from tests.domains.conftest import Owned
from tests.domains.dns_server import DnsServer
from tests.support.workspaces import Place

Add = Callable[..., Owned]


def test_a_domain_with_every_record_is_complete(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name)
    assert owned.view().standing is Standing.UNPROVEN
    owned.publish()
    found = owned.check()
    assert {p: found.record(p).state for p in COUNTED} == dict.fromkeys(COUNTED, RecordState.GOOD)
    assert found.standing is Standing.READY
    assert found.next_check_at - found.checked_at == pace.SETTLED


def test_keys_may_stand_in_txt_records_instead(add: Add, workspace: Place, name: str, dns: DnsServer) -> None:
    owned = add(workspace, name, Purpose.OWNERSHIP)
    for purpose in (Purpose.DKIM_1, Purpose.DKIM_2):
        wanted = owned.wanted(purpose)
        dns.txt(wanted.host, wanted.text)
    found = owned.check()
    assert found.record(Purpose.DKIM_1).good
    assert not found.record(Purpose.DKIM_1).by_alias
    assert found.standing is Standing.PARTIAL


def test_a_policy_above_the_domain_counts(add: Add, workspace: Place, name: str, dns: DnsServer) -> None:
    owned = add(workspace, f"news.{name}")
    dns.txt(f"_dmarc.{name}", "v=DMARC1; p=quarantine")
    assert owned.check().record(Purpose.DMARC).good


def test_a_server_that_does_not_answer_changes_nothing(add: Add, workspace: Place, name: str, dns: DnsServer) -> None:
    owned = add(workspace, name, ready=True)
    before = owned.view()
    dns.silent = {owned.wanted(Purpose.OWNERSHIP).host}
    dns.broken = {owned.wanted(Purpose.DKIM_1).host, name}
    after = owned.check()
    assert after.records == before.records
    assert after.standing is Standing.READY
    assert set(after.unanswered) == {Purpose.OWNERSHIP, Purpose.DKIM_1, Purpose.SPF}


def test_nobody_listening_changes_nothing(add: Add, workspace: Place, name: str, dns: DnsServer) -> None:
    owned = add(workspace, name, ready=True)
    before = owned.view()
    dns.silent = {*(owned.wanted(p).host for p in COUNTED)}
    assert owned.check().records == before.records


def test_a_lost_key_is_failing_and_found_again(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    owned.withdraw(Purpose.DKIM_1)
    found = owned.check()
    assert found.standing is Standing.FAILING
    assert found.signing_selector == "mp2"
    owned.publish(Purpose.DKIM_1)
    assert owned.check().standing is Standing.READY


def test_who_can_mend_it_is_told_once_when_a_record_breaks(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)

    def alarms() -> list[str]:
        with workspace.inside():
            mine = sa.select(Notice.text).where(Notice.tenant_id == workspace.id, Notice.address == workspace.email)
            return list(db.session.scalars(mine))

    assert alarms() == []
    for _turn in range(2):
        owned.withdraw(Purpose.DKIM_1)
        owned.check()
        owned.check()
        owned.publish(Purpose.DKIM_1)
        owned.check()
    [letter] = alarms()
    assert name in letter
    assert f"/settings/domains/{owned.id}" in letter
    assert "Signature (DKIM), first key" in letter


def test_one_workspace_only_verifies_a_domain(
    add: Add, workspace: Place, other_workspace: Place, name: str, dns: DnsServer
) -> None:
    first = add(workspace, name, Purpose.OWNERSHIP)
    second = add(other_workspace, name)
    assert second.check().standing is Standing.UNPROVEN
    dns.txt(f"_messagepark.{name}", first.wanted(Purpose.OWNERSHIP).value, second.wanted(Purpose.OWNERSHIP).value)
    assert second.check().standing is Standing.TAKEN
    assert first.check().verified
    with workspace.inside():
        service.remove_domain(first.id)
    assert second.check().verified


def test_ownership_lapses_a_week_after_its_proof_is_gone(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    owned.withdraw(Purpose.OWNERSHIP)
    assert owned.check().verified
    _age(owned, Purpose.OWNERSHIP, pace.OWNERSHIP_LAPSES_AFTER)
    assert not owned.check().verified
    assert owned.view().signing_selector is None


def _age(owned: Owned, purpose: Purpose, by: timedelta) -> None:
    with owned.place.inside():
        row = db.session.get_one(DomainRecord, (owned.place.id, owned.id, purpose))
        row.changed_at -= by + timedelta(seconds=1)


def test_background_looks_are_claimed_once_and_back_off(
    add: Add, workspace: Place, name: str, run_tasks: Callable[[], None]
) -> None:
    owned = add(workspace, name)
    with workspace.dispatcher.site.app_context():
        due = service.claim_due()
        again = service.claim_due()
        db.session.commit()
    assert (workspace.id, owned.id) in due
    assert (workspace.id, owned.id) not in again
    _run_check(owned, run_tasks)
    first = owned.view()
    assert first.looks_without_change == 0
    _run_check(owned, run_tasks)
    second = owned.view()
    assert second.looks_without_change == 1
    assert second.next_check_at - second.checked_at == pace.SETTING_UP[1]


def _run_check(owned: Owned, run_tasks: Callable[[], None]) -> None:
    from app.core.queue import Task, send

    send(Task("domains.check", owned.place.id, (owned.id,), queue="bulk"))
    run_tasks()


def test_a_look_at_a_removed_domain_is_no_failure(
    add: Add, workspace: Place, name: str, run_tasks: Callable[[], None]
) -> None:
    owned = add(workspace, name)
    with workspace.inside():
        service.remove_domain(owned.id)
        assert db.session.get(SendingDomain, (workspace.id, owned.id)) is None
    _run_check(owned, run_tasks)


def test_the_strip_says_how_the_usual_domain_stands(add: Add, workspace: Place, name: str) -> None:
    def word(address: str) -> str:
        with workspace.inside():
            return queries.health(address)

    assert word(f"news@{name}") == "shared"
    owned = add(workspace, name)
    assert word(f"news@{name}") == "warning"
    owned.publish()
    owned.check()
    assert word(f"news@{name}") == "ok"
    assert word("news@elsewhere.example") == "warning"
    owned.withdraw(Purpose.DKIM_2)
    owned.check()
    assert word(f"news@{name}") == "failing"
    assert clock.now() >= owned.view().checked_at
