"""Fresh workspaces for tests."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import clock
from app.core.access import Role
from app.core.crypto import hash_password
from app.core.db import db
from app.core.tenancy import control_plane, tenant_scope
from app.core.unit import unit_of_work
from app.dispatch import Dispatcher
from app.tenants.models import Account, Member, Tenant, TenantState
from app.tenants.queries import Workspace, workspace
from app.tenants.service import Way, open_session

PASSWORD = "a long enough passphrase"
_numbers = itertools.count(1)
_hash: list[str] = []


class HostClient(FlaskClient):
    """A browser on one host, from a network address of its own (so that tries are counted for it alone)."""

    base_url = ""

    def at(self, url: str) -> HostClient:
        self.base_url = url
        self.environ_base["REMOTE_ADDR"] = (
            f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        )
        return self

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if args and isinstance(args[0], str):
            kwargs.setdefault("base_url", self.base_url)
        return super().open(*args, **kwargs)


def browser(app: Flask, url: str) -> HostClient:
    return HostClient(app, app.response_class, use_cookies=True).at(url)


@dataclass(frozen=True)
class Place:
    """A workspace with its owner, and the app that serves it."""

    workspace: Workspace
    account_id: int
    member_id: int
    email: str
    dispatcher: Dispatcher

    @property
    def id(self) -> int:
        return self.workspace.id

    @property
    def slug(self) -> str:
        return self.workspace.slug

    @property
    def url(self) -> str:
        return self.workspace.url

    @property
    def app(self) -> Flask:
        fresh = workspace(self.workspace.id)
        assert fresh is not None
        return self.dispatcher.tenants.app_for(fresh)

    @contextmanager
    def inside(self) -> Iterator[Flask]:
        """Be in the workspace as a job is: its app context and a unit of work."""
        app = self.app
        with app.app_context(), unit_of_work():
            yield app

    def client(self, *, account_id: int | None = None, epoch: int = 1) -> HostClient:
        """A browser that is signed in (as the owner, if nobody else is named)."""
        client = self.anonymous()
        opened = self._open_session(account_id or self.account_id)
        with client.session_transaction(base_url=self.url) as session:
            session["_user_id"] = f"{account_id or self.account_id}:{epoch}:{opened}"
            session["_fresh"] = True
        return client

    def _open_session(self, account_id: int) -> int:
        with self.dispatcher.site.app_context(), tenant_scope(self.id), unit_of_work():
            return open_session(account_id, way=Way.PASSWORD, place="192.0.2.0/24", device="Test")

    def anonymous(self) -> HostClient:
        return browser(self.app, self.url)


def make_place(dispatcher: Dispatcher, *, locale: str = "en", plan: str = "newspaper", **columns: object) -> Place:
    number = f"{next(_numbers)}-{os.getpid()}"
    if not _hash:
        _hash.append(hash_password(PASSWORD))
    email = f"owner-{number}@example.com"
    with dispatcher.site.app_context(), control_plane(), unit_of_work():
        tenant = Tenant(
            slug=f"tenant-{number}", name=f"Tenant {number}", locale=locale, timezone="Asia/Seoul",
            state=TenantState.ACTIVE, plan_code=plan, sender_name="Tenant News", sender_address="news@example.com",
            **columns,
        )  # fmt: skip
        account = Account(email=email, name="Owner", password_hash=_hash[0], verified_at=clock.now(), locale=locale)
        db.session.add_all([tenant, account])
        db.session.flush()
        member = Member(tenant_id=tenant.id, account_id=account.id, role=Role.OWNER)
        db.session.add(member)
        db.session.flush()
        ids = tenant.id, account.id, member.id
    made = workspace(ids[0])
    assert made is not None
    return Place(made, ids[1], ids[2], email, dispatcher)
