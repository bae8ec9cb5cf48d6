"""Browsers at the operators' console."""

from __future__ import annotations

from app.core import clock
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants import queries
from app.tenants.models import Account
from app.tenants.queries import AccountView
from tests.support.workspaces import PASSWORD, HostClient, browser

EMAIL = "operator@example.com"
CONSOLE = "http://operator.messagepark.test"


def stranger_at_console(dispatcher: Dispatcher) -> HostClient:
    """A browser that nobody has signed in with. It reads English."""
    client = browser(dispatcher.console, CONSOLE)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def operator_account(dispatcher: Dispatcher) -> AccountView:
    """The operator of the tests' settings, made by whoever asks first."""
    with dispatcher.site.app_context(), unit_of_work():
        if queries.verified_account(EMAIL) is None:
            with control_plane():
                db.session.add(Account(email=EMAIL, password_hash=hash_password(PASSWORD), verified_at=clock.now()))
                db.session.flush()
        account = queries.verified_account(EMAIL)
    assert account is not None
    return account


def operator_at_console(dispatcher: Dispatcher) -> HostClient:
    """A browser in which an operator is signed in."""
    account = operator_account(dispatcher)
    client = stranger_at_console(dispatcher)
    with client.session_transaction(base_url=CONSOLE) as session:
        session["_user_id"], session["_fresh"] = f"{account.id}:{account.auth_epoch}", True
    return client
