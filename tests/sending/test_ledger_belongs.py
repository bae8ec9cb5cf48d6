"""What foreign keys would say about the ledger and about places in lists, said by triggers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.compose.models import Mailing
from app.core.db import db
from app.core.tenancy import control_plane
from app.lists.models import ContactList, Subscription
from app.sending.models import Delivery
from app.tenants.models import Tenant
from tests.support.content import fill
from tests.support.workspaces import Place

TABLES = (Delivery, Subscription)


def rows(place: Place) -> list[int]:
    with place.dispatcher.site.app_context(), control_plane():
        return [
            db.session.scalar(sa.select(sa.func.count()).select_from(table).where(table.tenant_id == place.id)) or 0
            for table in TABLES
        ]


def test_a_ledger_goes_with_its_mailing_and_places_with_their_list(workspace: Place, other_workspace: Place) -> None:
    ids = fill(workspace)
    fill(other_workspace)
    with workspace.inside():
        db.session.execute(sa.delete(Mailing).where(Mailing.id == ids["mailing_id"]))
        db.session.execute(sa.delete(ContactList).where(ContactList.id == ids["list_id"]))
    assert (rows(workspace), rows(other_workspace)) == ([0, 0], [1, 1])


def test_everything_goes_with_the_workspace(workspace: Place) -> None:
    fill(workspace)
    with workspace.dispatcher.site.app_context(), control_plane():
        db.session.execute(sa.delete(Tenant).where(Tenant.id == workspace.id))
        db.session.commit()
    assert rows(workspace) == [0, 0]


def test_nobody_is_put_on_a_list_that_is_not_there(workspace: Place, other_workspace: Place) -> None:
    ids, theirs = fill(workspace), fill(other_workspace)
    place = {"list_id": theirs["list_id"], "contact_id": ids["contact_id"], "state": "subscribed"}
    with pytest.raises(IntegrityError), workspace.inside():
        db.session.execute(sa.insert(Subscription).values(place))
