"""Workspaces whose address nobody confirms are told once, and then erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core import clock
from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.tenants import erasure, queries
from app.tenants import service as tenants
from app.tenants.models import Account, Tenant, TenantState
from tests.support.workspaces import Place
from worker import erasing


def forgotten(place: Place, *, days: int) -> None:
    """The workspace was signed up so many days ago, and nobody opened the link."""
    with place.dispatcher.site.app_context(), unit_of_work(), control_plane():
        old = {"state": TenantState.UNVERIFIED, "created_at": clock.now() - timedelta(days=days)}
        db.session.execute(sa.update(Tenant).where(Tenant.id == place.id).values(**old))
        db.session.execute(sa.update(Account).where(Account.id == place.account_id).values(verified_at=None))


def sweep(place: Place, days: int = 14) -> bool:
    """What the scheduler does now and then; whether it took this workspace on."""
    with place.dispatcher.site.app_context(), unit_of_work():
        return place.id in erasure.end_unverified(days, now=clock.now())


def told(place: Place) -> list[str]:
    with place.inside():
        return list(db.session.scalars(sa.select(Notice.subject).where(Notice.address == place.email)))


def test_it_is_told_once_and_erased_a_week_later(workspace: Place, other_workspace: Place) -> None:
    forgotten(workspace, days=15)
    forgotten(other_workspace, days=13)
    assert sweep(workspace)
    assert not sweep(workspace)
    assert told(workspace) == [f"{workspace.workspace.name} will be erased"]
    assert told(other_workspace) == []
    client = workspace.client()
    assert "This workspace will be deleted on" in client.get("/").text
    with workspace.inside():
        ends = queries.current_workspace().erase_at
        assert ends is not None
        assert timedelta(days=6) < ends - clock.now() <= timedelta(days=7)
        assert workspace.id not in erasure.claim_due()
    with workspace.dispatcher.site.app_context(), unit_of_work(), control_plane():
        db.session.execute(sa.update(Tenant).where(Tenant.id == workspace.id).values(erase_at=clock.now()))
    with workspace.dispatcher.site.app_context(), unit_of_work():
        assert workspace.id in erasure.claim_due()
    with workspace.dispatcher.site.app_context():
        erasing.erase(workspace.id)
    assert queries.workspace(workspace.id) is None


def test_whoever_confirms_after_all_stays(workspace: Place) -> None:
    forgotten(workspace, days=30)
    sweep(workspace)
    with workspace.inside():
        member = queries.member(workspace.member_id)
        assert member is not None
        tenants.claim_address(member)
        assert queries.current_workspace().erase_at is None


def test_it_is_not_taken_back_without_confirming(workspace: Place) -> None:
    forgotten(workspace, days=30)
    sweep(workspace)
    client = workspace.client()
    assert "Keep the workspace" not in client.get("/settings/data").text
    assert client.post("/settings/data/deletions/removals").status_code == 409
    with workspace.inside():
        assert queries.current_workspace().erase_at is not None


def test_confirming_does_not_undo_an_end_that_an_owner_asked_for(workspace: Place) -> None:
    forgotten(workspace, days=1)
    assert workspace.client().post("/settings/data/deletions", data={"typed": workspace.slug}).status_code == 303
    with workspace.inside():
        member = queries.member(workspace.member_id)
        assert member is not None
        tenants.claim_address(member)
        assert queries.current_workspace().erase_at is not None


@pytest.mark.parametrize(("days", "age"), [(0, 400), (30, 20)], ids=["never", "later"])
def test_the_operator_says_after_how_many_days(workspace: Place, days: int, age: int) -> None:
    forgotten(workspace, days=age)
    assert not sweep(workspace, days)
