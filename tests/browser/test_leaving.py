"""A page that asks how things stand, and somebody who leaves it just then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from app.core import clock
from tests.browser.conftest import sign_in
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser


def test_a_page_that_loads_itself_anew_does_not_take_back_who_is_leaving(
    workspace: Place, page: Page, address_of: Callable[[Place], str]
) -> None:
    mailing_id = schedule(workspace, [make_list(workspace, people(1))], at=clock.now() + timedelta(days=1))
    address = address_of(workspace)
    sign_in(page, workspace, address)
    asked: list[Route] = []
    left: list[Route] = []
    page.route("**/progress?*", lambda route: asked.append(route))  # noqa: PLW0108 - Playwright takes functions only
    page.route("**/status", lambda route: left.append(route))  # noqa: PLW0108 - as above
    with page.expect_request("**/progress?*"):
        page.goto(f"{address}/mailings/{mailing_id}")
    with page.expect_request("**/status"):
        page.get_by_role("navigation").get_by_role("link", name="Status").first.click(no_wait_after=True)
    # The answer that wants the page anew comes while the click is under way.
    with page.expect_response("**/progress?*"):
        asked[0].fulfill(status=200, headers={"HX-Refresh": "true"}, body="")
    left[0].continue_()
    expect(page).to_have_url(f"{address}/status")
