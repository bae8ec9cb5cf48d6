"""Signing up through the pages."""

from __future__ import annotations

import pytest

from app.dispatch import Dispatcher
from tests.support.workspaces import browser
from tests.tenants.mailbox import PASSWORD, SignUp, fresh_name, order


@pytest.fixture
def sign_up(dispatcher: Dispatcher) -> SignUp:
    """Sign up as a stranger does; returns the e-mail address and the slug."""

    def do(email: str | None = None, password: str = PASSWORD) -> tuple[str, str]:
        slug = fresh_name()
        address = email or f"{slug}@example.com"
        stranger = browser(dispatcher.site, "http://messagepark.test")
        english = {"Accept-Language": "en"}
        answer = stranger.post("/sign-up", data=order(address, slug, password), headers=english)
        assert answer.status_code == 303, answer.text
        return address, slug

    return do
