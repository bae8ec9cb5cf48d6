from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core import clock
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import queries
from app.tenants.models import Account
from tests.support.workspaces import PASSWORD, HostClient, Place, browser

OPERATOR = "operator@example.com"


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")


@pytest.fixture
def operator(dispatcher: Dispatcher) -> HostClient:
    """A browser in which an operator is signed in."""
    with dispatcher.site.app_context(), unit_of_work():
        account = queries.verified_account(OPERATOR)
        if account is None:
            with control_plane():
                db.session.add(Account(email=OPERATOR, password_hash=hash_password(PASSWORD), verified_at=clock.now()))
                db.session.flush()
            account = queries.verified_account(OPERATOR)
    assert account is not None
    client = browser(dispatcher.site, "http://messagepark.test")
    with client.session_transaction(base_url=client.base_url) as session:
        session["_user_id"], session["_fresh"] = f"{account.id}:{account.auth_epoch}", True
    return client
