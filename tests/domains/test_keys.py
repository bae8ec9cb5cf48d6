"""Keys: made, locked, rotated, and what mail is signed with."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from app.core import clock
from app.core.db import db
from app.core.tenancy import control_plane
from app.domains import pace, queries, service, vault
from app.domains.keys import make_pair
from app.domains.models import DomainKey, SendingDomain, ServiceKey
from app.domains.queries import SigningIdentity
from app.domains.service import Sender
from app.domains.terms import COUNTED, ED25519, Purpose, RecordState, Standing
from tests.domains.conftest import Owned
from tests.domains.dns_server import DnsServer
from tests.support.workspaces import Place

Add = Callable[..., Owned]


def keys_for(place: Place, address: str) -> list[SigningIdentity]:
    with place.inside():
        return queries.signing_keys(address)


def verifies(identity: SigningIdentity, public: str) -> bool:
    """Tell whether what the private key signs is what the published key verifies."""
    private = serialization.load_pem_private_key(identity.private_pem, None)
    published = serialization.load_der_public_key(b64decode(public))
    assert isinstance(private, rsa.RSAPrivateKey)
    assert isinstance(published, rsa.RSAPublicKey)
    signature = private.sign(b"a mail", padding.PKCS1v15(), hashes.SHA256())
    published.verify(signature, b"a mail", padding.PKCS1v15(), hashes.SHA256())
    return private.key_size == 2048


def test_a_verified_domain_signs_with_the_key_that_it_publishes(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    [identity] = keys_for(workspace, f"news@{name}")
    assert (identity.domain, identity.selector, identity.algorithm) == (name, "mp1", "rsa-sha256")
    assert verifies(identity, owned.wanted(Purpose.DKIM_1).text.partition("p=")[2])
    assert "PRIVATE" not in repr(identity)


def test_an_international_address_finds_its_domain(add: Add, workspace: Place, name: str) -> None:
    add(workspace, f"공원.{name}", ready=True)
    [identity] = keys_for(workspace, f"news@공원.{name}")
    assert identity.domain == f"xn--ob0b930c.{name}"


@pytest.mark.usefixtures("service_keys")
def test_nothing_is_signed_with_a_domain_before_its_ownership_is_proven(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, *[p for p in COUNTED if p is not Purpose.OWNERSHIP])
    assert owned.view().record(Purpose.DKIM_1).good
    assert [i.domain for i in keys_for(workspace, f"news@{name}")] == ["messagepark.test"]
    owned.publish(Purpose.OWNERSHIP)
    owned.check()
    assert [i.domain for i in keys_for(workspace, f"news@{name}")] == [name]


@pytest.mark.usefixtures("service_keys")
def test_a_key_that_receivers_cannot_see_signs_nothing(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, Purpose.OWNERSHIP)
    assert [i.domain for i in keys_for(workspace, f"news@{name}")] == ["messagepark.test"]
    owned.publish(Purpose.DKIM_2)
    owned.check()
    assert [i.selector for i in keys_for(workspace, f"news@{name}")] == ["mp2"]


@pytest.mark.usefixtures("service_keys")
def test_another_tenant_signs_nothing_with_the_domain(
    add: Add, workspace: Place, other_workspace: Place, name: str
) -> None:
    owned = add(workspace, name, ready=True)
    with other_workspace.inside():
        assert queries.domains() == []
        assert queries.domain_of_address(f"news@{name}") is None
        assert [i.domain for i in queries.signing_keys(f"news@{name}")] == ["messagepark.test"]
        with pytest.raises(queries.NotFound):
            queries.domain(owned.id)
        assert queries.return_path_domain(f"news@{name}") == "messagepark.test"


def test_private_keys_are_stored_locked(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    [identity] = keys_for(workspace, f"news@{name}")
    with workspace.inside():
        row = db.session.get_one(DomainKey, (workspace.id, owned.id, "mp1"))
        assert b"PRIVATE" not in row.locked
        assert vault.unlock(row.locked, label=f"{workspace.id}/{owned.id}/mp1") == identity.private_pem
        with pytest.raises(vault.CannotOpen):
            vault.unlock(row.locked, label=f"{workspace.id + 1}/{owned.id}/mp1")
        with pytest.raises(vault.CannotOpen):
            vault.unlock(row.locked[:-1] + bytes([row.locked[-1] ^ 1]), label=f"{workspace.id}/{owned.id}/mp1")


def test_another_secret_opens_nothing_and_stops_no_mail(
    add: Add, workspace: Place, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(workspace, name, ready=True)
    monkeypatch.setattr(vault, "derive_key", lambda _purpose: b"k" * 32)
    assert keys_for(workspace, f"news@{name}") == []


def test_the_same_text_locked_twice_looks_different(workspace: Place) -> None:
    with workspace.inside():
        first, second = vault.lock(b"text", label="a"), vault.lock(b"text", label="a")
    assert first != second
    assert first[:9] == second[:9]


def test_a_second_signature_waits_until_its_key_is_seen(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    assert not owned.view().settled
    assert algorithms(workspace, name) == ["rsa-sha256"]
    owned.publish(Purpose.DKIM_ED25519)
    assert owned.check().settled
    assert algorithms(workspace, name) == ["rsa-sha256", "ed25519-sha256"]
    owned.withdraw(Purpose.DKIM_ED25519)
    found = owned.check()
    assert algorithms(workspace, name) == ["rsa-sha256"]
    assert found.standing is Standing.READY


def algorithms(place: Place, name: str) -> list[str]:
    return [identity.algorithm for identity in keys_for(place, f"news@{name}")]


def test_a_key_under_the_name_of_another_kind_is_not_seen(
    add: Add, workspace: Place, name: str, dns: DnsServer
) -> None:
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    record = owned.wanted(Purpose.DKIM_ED25519)
    dns.txt(record.host, record.text.replace("k=ed25519; ", ""))
    assert owned.check().record(Purpose.DKIM_ED25519).state is RecordState.WRONG
    dns.txt(record.host, record.text)
    assert owned.check().signs_twice


def test_a_second_signature_is_left_out_and_taken_up_again_with_the_same_key(
    add: Add, workspace: Place, name: str
) -> None:
    owned = add(workspace, name, ready=True)
    for _ in range(2):
        with workspace.inside():
            service.sign_twice(owned.id, now=clock.now())
        assert algorithms(workspace, name) == ["rsa-sha256"]
        owned.publish(Purpose.DKIM_ED25519)
        owned.check()
        assert algorithms(workspace, name) == ["rsa-sha256", "ed25519-sha256"]
        text = owned.wanted(Purpose.DKIM_ED25519).text
        with workspace.inside():
            service.sign_once(owned.id)
            assert Purpose.DKIM_ED25519 not in {w.purpose for w in queries.wanted(queries.domain(owned.id))}
            # Mail under way was signed with it.
            assert text in {text for _, _, text in queries.published_keys()}
        assert algorithms(workspace, name) == ["rsa-sha256"]


@pytest.mark.usefixtures("service_keys")
def test_a_second_signature_never_stands_alone(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, Purpose.OWNERSHIP)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    owned.publish(Purpose.DKIM_ED25519)
    owned.check()
    assert [(i.domain, i.algorithm) for i in keys_for(workspace, f"news@{name}")] == [
        ("messagepark.test", "rsa-sha256")
    ]


def test_a_second_key_is_stored_locked_as_the_first(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
        row = db.session.get_one(DomainKey, (workspace.id, owned.id, "mpe"))
        assert b"PRIVATE" not in row.locked
        private = serialization.load_pem_private_key(
            vault.unlock(row.locked, label=f"{workspace.id}/{owned.id}/mpe"), None
        )
        assert isinstance(private, ed25519.Ed25519PrivateKey)
        assert private.public_key().public_bytes_raw() == b64decode(row.public)
        with pytest.raises(vault.CannotOpen):
            vault.unlock(row.locked, label=f"{workspace.id + 1}/{owned.id}/mpe")


def test_another_tenant_switches_no_second_signature(
    add: Add, workspace: Place, other_workspace: Place, name: str
) -> None:
    owned = add(workspace, name, ready=True)
    with pytest.raises(queries.NotFound), other_workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    with pytest.raises(queries.NotFound), other_workspace.inside():
        service.sign_once(owned.id)
    assert owned.view().ed25519
    with other_workspace.inside():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(DomainKey)) == 0


def test_rotation_keeps_both_keys_valid(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, ready=True)
    publics = {p: owned.wanted(p).text.partition("p=")[2] for p in (Purpose.DKIM_1, Purpose.DKIM_2)}
    [before] = keys_for(workspace, f"news@{name}")
    with workspace.inside():
        service.rotate_keys(owned.id, now=clock.now())
    [after] = keys_for(workspace, f"news@{name}")
    assert (before.selector, after.selector) == ("mp1", "mp2")
    assert verifies(after, publics[Purpose.DKIM_2])
    found = owned.check()
    assert found.record(Purpose.DKIM_1).good
    assert found.record(Purpose.DKIM_2).good
    assert verifies(before, owned.wanted(Purpose.DKIM_1).text.partition("p=")[2])


def test_nobody_rotates_to_a_key_that_cannot_be_seen(add: Add, workspace: Place, name: str) -> None:
    owned = add(workspace, name, Purpose.OWNERSHIP, Purpose.DKIM_1)
    with pytest.raises(service.KeyNotVisible), workspace.inside():
        service.rotate_keys(owned.id, now=clock.now())
    assert owned.view().active_selector == "mp1"


def test_keys_take_turns_by_themselves(add: Add, workspace: Place, name: str, run_tasks: Callable[[], None]) -> None:
    owned = add(workspace, name, ready=True)
    _rotated(owned, pace.KEY_SERVES_FOR)
    owned.check()
    run_tasks()
    assert owned.view().active_selector == "mp2"
    owned.check()
    run_tasks()
    assert owned.view().active_selector == "mp2"


def test_the_old_key_is_renewed_only_after_mail_under_way_has_arrived(
    add: Add, workspace: Place, name: str, run_tasks: Callable[[], None]
) -> None:
    owned = add(workspace, name, ready=True)
    old = owned.wanted(Purpose.DKIM_1).text
    with workspace.inside():
        service.rotate_keys(owned.id, now=clock.now())
        service.renew_spare_keys(owned.id, now=clock.now())
    assert owned.wanted(Purpose.DKIM_1).text == old
    _rotated(owned, pace.OLD_KEY_STAYS_FOR, keys_too=True)
    owned.check()
    run_tasks()
    fresh = owned.wanted(Purpose.DKIM_1).text
    assert fresh != old
    assert owned.view().record(Purpose.DKIM_1).state is RecordState.AWAITED
    assert owned.check().signing_selector == "mp2"
    owned.publish(Purpose.DKIM_1)
    owned.check()
    run_tasks()
    assert owned.wanted(Purpose.DKIM_1).text == fresh


def _rotated(owned: Owned, ago: timedelta, *, keys_too: bool = False) -> None:
    """Move the last rotation into the past, and with `keys_too` the making of the keys before it."""
    with owned.place.inside():
        row = db.session.get_one(SendingDomain, (owned.place.id, owned.id))
        row.rotated_at = row.ed25519_rotated_at = clock.now() - ago - timedelta(minutes=1)
        if keys_too:
            db.session.execute(
                sa.update(DomainKey)
                .where(DomainKey.domain_id == owned.id)
                .values(created_at=row.rotated_at - timedelta(days=200))
            )


@pytest.fixture
def twice(add: Add, workspace: Place, name: str) -> Owned:
    """A domain with two signatures, all four keys to be seen."""
    owned = add(workspace, name, ready=True)
    with workspace.inside():
        service.sign_twice(owned.id, now=clock.now())
    owned.publish(Purpose.DKIM_ED25519, Purpose.DKIM_ED25519_2)
    owned.check()
    return owned


def selectors(place: Place, name: str) -> list[str]:
    return [identity.selector for identity in keys_for(place, f"news@{name}")]


def test_keys_of_the_second_signature_take_turns_by_themselves(
    twice: Owned, workspace: Place, name: str, run_tasks: Callable[[], None]
) -> None:
    assert selectors(workspace, name) == ["mp1", "mpe"]
    old = twice.wanted(Purpose.DKIM_ED25519).text
    _rotated(twice, pace.KEY_SERVES_FOR)
    for _ in range(2):  # asked twice, it rotates once
        twice.check()
        run_tasks()
        assert selectors(workspace, name) == ["mp2", "mpe2"]
    with workspace.inside():
        assert old in {text for _, _, text in queries.published_keys()}, "mail under way was signed with it"


def test_a_kind_whose_other_key_cannot_be_seen_does_not_keep_the_other_kind_back(
    twice: Owned, workspace: Place, name: str, run_tasks: Callable[[], None]
) -> None:
    twice.withdraw(Purpose.DKIM_ED25519_2)
    _rotated(twice, pace.KEY_SERVES_FOR)
    twice.check()
    run_tasks()
    assert selectors(workspace, name) == ["mp2", "mpe"]
    with pytest.raises(service.KeyNotVisible), workspace.inside():
        service.rotate_keys(twice.id, now=clock.now(), algorithm=ED25519)


def test_one_kind_is_rotated_by_hand_alone(twice: Owned, workspace: Place, name: str) -> None:
    with workspace.inside():
        service.rotate_keys(twice.id, now=clock.now(), algorithm=ED25519)
    assert selectors(workspace, name) == ["mp1", "mpe2"]
    twice.withdraw(Purpose.DKIM_ED25519_2)
    twice.check()
    assert selectors(workspace, name) == ["mp1", "mpe"], "what receivers can see goes before the turn"


def test_the_old_key_of_the_second_signature_is_renewed_once_nothing_needs_it(
    twice: Owned, workspace: Place, run_tasks: Callable[[], None]
) -> None:
    old = twice.wanted(Purpose.DKIM_ED25519).text
    with workspace.inside():
        service.rotate_keys(twice.id, now=clock.now(), algorithm=ED25519)
        service.renew_spare_keys(twice.id, now=clock.now())
    assert twice.wanted(Purpose.DKIM_ED25519).text == old
    _rotated(twice, pace.OLD_KEY_STAYS_FOR, keys_too=True)
    twice.check()
    run_tasks()
    fresh = twice.wanted(Purpose.DKIM_ED25519).text
    assert fresh != old
    assert fresh.startswith("v=DKIM1; k=ed25519; p=")
    assert twice.view().record(Purpose.DKIM_ED25519).state is RecordState.AWAITED


def test_a_second_signature_of_before_gets_its_second_key(
    twice: Owned, workspace: Place, run_tasks: Callable[[], None]
) -> None:
    with workspace.inside():
        db.session.delete(db.session.get_one(DomainKey, (workspace.id, twice.id, "mpe2")))
    twice.check()
    run_tasks()
    assert twice.wanted(Purpose.DKIM_ED25519_2).text.startswith("v=DKIM1; k=ed25519; p=")


def test_keys_that_never_served_are_not_renewed(twice: Owned, run_tasks: Callable[[], None]) -> None:
    before = [twice.wanted(p).text for p in (Purpose.DKIM_ED25519, Purpose.DKIM_ED25519_2)]
    twice.check()
    run_tasks()
    assert [twice.wanted(p).text for p in (Purpose.DKIM_ED25519, Purpose.DKIM_ED25519_2)] == before


@pytest.mark.usefixtures("service_keys")
def test_the_service_has_keys_of_its_own_that_no_tenant_reads(workspace: Place) -> None:
    [identity] = keys_for(workspace, "no-reply@messagepark.test")
    publics = {}
    with workspace.inside():
        publics = dict(queries.service_keys())
        service.make_service_keys()
        assert dict(queries.service_keys()) == publics
    assert verifies(identity, publics[identity.selector])
    with workspace.inside(), pytest.raises(sa.exc.ProgrammingError):
        db.session.scalar(sa.select(ServiceKey.locked))


@pytest.mark.usefixtures("service_keys")
def test_the_services_key_rotates(workspace: Place) -> None:
    [before] = keys_for(workspace, "no-reply@messagepark.test")
    with workspace.inside():
        service.rotate_service_key()
    [after] = keys_for(workspace, "no-reply@messagepark.test")
    assert before.selector != after.selector
    with workspace.dispatcher.site.app_context(), control_plane():
        assert queries.signing_keys("no-reply@messagepark.test", tenant_id=None)[0].selector == after.selector


def test_bounces_come_back_under_the_domain_once_its_return_path_leads_to_us(
    add: Add, workspace: Place, name: str
) -> None:
    owned = add(workspace, name, Purpose.OWNERSHIP)
    with workspace.inside():
        assert queries.return_path_domain(f"news@{name}") == "messagepark.test"
    owned.publish(Purpose.RETURN_PATH)
    owned.check()
    with workspace.inside():
        assert queries.return_path_domain(f"news@{name}") == f"mp-bounce.{name}"


def test_outside_production_a_mail_leaves_as_it_was_wished(workspace: Place) -> None:
    with workspace.inside():
        wish = Sender("News", "news@unverified.example", "")
        assert service.sender_of(workspace.workspace, wish) == wish


@pytest.mark.usefixtures("production")
def test_in_production_an_unverified_sender_is_replaced(add: Add, workspace: Place, name: str) -> None:
    shared = f"{workspace.slug}@senders.messagepark.test"
    with workspace.inside():
        sent = service.sender_of(workspace.workspace, Sender("News", f"news@{name}"))
        assert sent == Sender("News", shared, f"news@{name}")
        kept = service.sender_of(workspace.workspace, Sender("News", f"news@{name}", "desk@park.example"))
        assert kept.reply_to == "desk@park.example"
        assert service.sender_of(workspace.workspace, Sender("News", shared)) == Sender("News", shared)
    add(workspace, name, Purpose.OWNERSHIP)
    with workspace.inside():
        assert service.sender_of(workspace.workspace, Sender("News", f"news@{name}")).address == f"news@{name}"


@pytest.mark.usefixtures("service_keys")
def test_mail_from_the_name_for_those_without_a_domain_is_signed_by_us(workspace: Place) -> None:
    [identity] = keys_for(workspace, f"{workspace.slug}@senders.messagepark.test")
    assert identity.domain == "messagepark.test"


def test_a_pair_does_not_show_its_private_half() -> None:
    assert "PRIVATE" not in repr(make_pair())
