"""The end of a workspace: two weeks to change one's mind, then every row and file is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.access import Role
from app.core.db import Base, db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.custody import service
from app.media.store import store
from app.tenants import erasure, mail_orders, queries
from app.tenants import service as tenants
from app.tenants.models import Account, Member, Tenant
from tests.support.content import fill
from tests.support.workspaces import Place
from worker import erasing

TABLES = sorted(table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns)


def ask(place: Place) -> None:
    assert place.client().post("/settings/data/deletions", data={"typed": place.slug}).status_code == 303


def let_the_time_pass(place: Place) -> list[int]:
    """The grace is over: what the scheduler takes on now."""
    with place.dispatcher.site.app_context(), unit_of_work(), control_plane():
        past = clock.now() - timedelta(minutes=1)
        db.session.execute(sa.update(Tenant).where(Tenant.id == place.id).values(erase_at=past))
    with place.dispatcher.site.app_context(), unit_of_work():
        return erasure.claim_due()


def erase(place: Place) -> None:
    let_the_time_pass(place)
    with place.dispatcher.site.app_context():
        erasing.erase(place.id)


def counts(place: Place) -> dict[str, int]:
    """How many rows of each table belong to a workspace."""
    with place.dispatcher.site.app_context(), control_plane():
        found = {
            table: db.session.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE tenant_id = :t"), {"t": place.id})
            for table in TABLES
        }
        db.session.rollback()
    return {table: count for table, count in found.items() if count}


def test_no_row_and_no_file_of_it_remains_and_others_keep_theirs(workspace: Place, other_workspace: Place) -> None:
    names = []
    for place in (workspace, other_workspace):
        names += [str(fill(place)["name"]), f"{place.id:032x}.pdf"]
        with place.inside():
            for name in names[-2:]:
                store().put(name, b"kept", "image/png")
            service.begin_archive(place.member_id, now=clock.now())
        ask(place)
    before = counts(other_workspace)
    assert len(counts(workspace)) > 30, "there is something to erase"
    assert workspace.id in let_the_time_pass(workspace)
    erase(workspace)
    assert counts(workspace) == {}
    with workspace.dispatcher.site.app_context(), control_plane():
        assert db.session.get(Tenant, workspace.id) is None
        assert db.session.scalar(sa.select(Account).where(Account.email == workspace.email)) is None
        assert [store().get(name) for name in names] == [None, None, b"kept", b"kept"]
        assert db.session.get(Account, other_workspace.account_id) is not None
    assert counts(other_workspace) == before
    assert queries.workspace(workspace.id) is None
    erase(workspace)  # a job that runs twice does no harm


def test_a_workspace_that_is_to_stay_after_all_is_left_alone(workspace: Place) -> None:
    ask(workspace)
    assert workspace.id in let_the_time_pass(workspace)
    assert workspace.client().post("/settings/data/deletions/removals").status_code == 303
    with workspace.dispatcher.site.app_context():
        erasing.erase(workspace.id)
    assert queries.workspace(workspace.id) is not None


def test_its_address_answers_no_more(workspace: Place) -> None:
    host = f"{workspace.slug}.messagepark.test"
    assert workspace.dispatcher.app_of_host(host) is not None
    erase(workspace)
    assert workspace.dispatcher.app_of_host(host) is None


def test_a_person_who_is_a_member_elsewhere_stays_there(workspace: Place, other_workspace: Place) -> None:
    with other_workspace.inside():
        db.session.add(Member(tenant_id=other_workspace.id, account_id=workspace.account_id, role=Role.EDITOR))
    erase(workspace)
    with other_workspace.inside():
        assert workspace.email in [member.email for member in queries.members()]


def test_in_the_meantime_nothing_is_sent_and_every_page_says_so(workspace: Place) -> None:
    ask(workspace)
    assert "This workspace will be deleted on" in workspace.client().get("/").text
    with workspace.inside():
        assert workspace.id in mail_orders.standing().stopped
        with pytest.raises(tenants.Leaving):
            tenants.require_verified()
        subjects = list(db.session.scalars(sa.select(Notice.subject).where(Notice.address == workspace.email)))
    assert any("will be deleted" in subject for subject in subjects)
    with workspace.inside():
        assert workspace.id not in erasure.claim_due(), "the two weeks are not over"


def test_it_is_taken_back(workspace: Place, client: FlaskClient) -> None:
    ask(workspace)
    assert client.post("/settings/data/deletions/removals").status_code == 303
    with workspace.inside():
        assert queries.current_workspace().erase_at is None
        assert workspace.id not in mail_orders.standing().stopped
        tenants.require_verified()
    assert client.post("/settings/data/deletions/removals").status_code == 409


def test_taking_it_back_does_not_undo_what_an_operator_stopped(workspace: Place, client: FlaskClient) -> None:
    with workspace.inside():
        mail_orders.stop_tenant(workspace.id, reason="spam")
    ask(workspace)
    client.post("/settings/data/deletions/removals")
    with workspace.inside():
        assert mail_orders.standing().stopped[workspace.id] == "spam"


@pytest.mark.parametrize("typed", ["", "another", " "])
def test_without_the_address_nothing_happens(workspace: Place, client: FlaskClient, typed: str) -> None:
    assert client.post("/settings/data/deletions", data={"typed": typed}).status_code == 422
    with workspace.inside():
        assert queries.current_workspace().erase_at is None


def test_only_an_owner_ends_it(workspace: Place, other_client: FlaskClient) -> None:
    assert other_client.post("/settings/data/deletions", data={"typed": workspace.slug}).status_code == 422
    with workspace.inside():
        db.session.get_one(Member, (workspace.id, workspace.member_id)).role = Role.ADMIN
    admin = workspace.client()
    for path in ("deletions", "deletions/removals"):
        assert admin.post(f"/settings/data/{path}", data={"typed": workspace.slug}).status_code == 403
    with workspace.inside():
        assert queries.current_workspace().erase_at is None
