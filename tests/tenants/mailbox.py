"""What the outbox holds, and browsers at the doors of workspaces that a test has signed up."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from app.dispatch import Dispatcher
from tests.support.workspaces import browser

PASSWORD = "walking the dog at seven"
_numbers = itertools.count(1)


def fresh_name(prefix: str = "paper") -> str:
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


def letters_to(dispatcher: Dispatcher, address: str) -> list[Notice]:
    """The mails that the service has written to an address, the oldest first."""
    with dispatcher.site.app_context(), control_plane():
        found = list(db.session.scalars(sa.select(Notice).where(Notice.address == address).order_by(Notice.id)))
        db.session.expunge_all()
        return found


def link_in(letter: Notice) -> str:
    """The path that the letter's link leads to."""
    found = re.search(r"http://[^/\s]+(/(?:verifications|password-resets|invitations)/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def door(dispatcher: Dispatcher, slug: str) -> FlaskClient:
    """A browser of somebody unknown at a workspace."""
    app = dispatcher.app_of_host(f"{slug}.messagepark.test")
    assert app is not None, slug
    return browser(app, f"http://{slug}.messagepark.test")


def order(email: str, slug: str, password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password, "workspace_name": "The Paper", "slug": slug}


def without_tokens(page: str, *names: str) -> str:
    """A page as it would be for anybody: its tokens and these names left out."""
    for name in names:
        page = page.replace(name, "NAME")
    return re.sub(r'value="[\w.-]{60,}"|"X-CSRFToken": "[^"]+"|data-options="[^"]+"', "TOKEN", page)


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> int:
    return client.post("/sign-in", data={"email": email, "password": password}).status_code


SignUp = Callable[..., tuple[str, str]]
