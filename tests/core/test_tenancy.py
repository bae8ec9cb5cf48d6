"""Row-level security as the application uses it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.lists.models import Contact
from tests.support.workspaces import Place


def add_contact(address: str) -> None:
    db.session.add(Contact(address=address, address_key=address))
    db.session.flush()


def addresses() -> set[str]:
    return set(db.session.scalars(sa.select(Contact.address)))


def test_a_tenant_sees_only_its_own_rows(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        add_contact("mine@example.com")
    with other_workspace.inside():
        add_contact("theirs@example.com")
        assert addresses() == {"theirs@example.com"}
    with workspace.inside():
        assert addresses() == {"mine@example.com"}


def test_raw_sql_is_walled_in_too(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        add_contact("mine@example.com")
    with other_workspace.inside():
        assert db.session.scalar(sa.text("SELECT count(*) FROM contacts")) == 0


def test_a_row_cannot_be_written_for_another_tenant(workspace: Place, other_workspace: Place) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), workspace.inside():
        db.session.add(Contact(tenant_id=other_workspace.id, address="x@example.com", address_key="x@example.com"))


def test_without_a_tenant_nothing_is_seen(workspace: Place) -> None:
    with workspace.inside():
        add_contact("mine@example.com")
    with workspace.dispatcher.site.app_context(), unit_of_work():
        assert addresses() == set()


def test_the_identity_changes_inside_a_transaction_and_back(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        add_contact("mine@example.com")
        with tenant_scope(other_workspace.id):
            assert addresses() == set()
        with control_plane():
            assert "mine@example.com" in addresses()
        assert addresses() == {"mine@example.com"}


def test_a_failing_unit_leaves_nothing(workspace: Place) -> None:
    def fail_half_way() -> None:
        with workspace.inside():
            add_contact("gone@example.com")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with workspace.inside():
        assert addresses() == set()
