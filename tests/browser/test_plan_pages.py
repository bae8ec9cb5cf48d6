"""Plan, usage and conduct: readable by everybody, on a phone too, with long names."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page

from app.billing import gateway, service, standing, wishes
from app.billing.gateway import Bill, Standing, Subscription
from app.billing.service import Cause
from app.conduct import service as conduct
from app.tenants.plans import plan
from tests.browser.axe import serious_violations
from tests.browser.conftest import sign_in
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser
LONG = "가을맞이 독자 여러분께 드리는 아주 긴 제목의 편지 that goes on and on without an end, really " * 2


def fill(place: Place) -> None:
    """A workspace with everything to show: a wish, mails by several, a full month, a brake with an appeal."""
    now = datetime.now(UTC)
    with place.inside():
        for number in range(1, 13):
            at = now - timedelta(hours=20 * number)
            cause = Cause(number, LONG if number == 2 else f"Letter {number}", place.member_id if number % 3 else None)
            month = service.reserve(900 + 90 * number, at, cause)
            service.settle(month, reserved=900 + 90 * number, sent=890 + 90 * number, mailing_id=number)
        wishes.choose("business", member_id=place.member_id)
        conduct.note(now, accepted=400, hard_bounces=60)
        conduct.appeal("An old list. We have cleaned it since.", now)
        standing.note_customer(f"cus_{place.id}")
        sub = Subscription("sub_1", "past_due", {"si": gateway.price_id(plan("starter"), "krw")}, now, now, None)
        bills = [Bill(f"in_{n}", f"MP-000{n}", now, 19_000, "krw", state, "", "https://pay.example/pdf")
                 for n, state in enumerate(("open", "paid", "void"))]  # fmt: skip
        standing.take_over(Standing(sub, bills), asked_at=now)


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_pages_can_be_read_by_everybody(
    locale: str, page: Page, new_workspace: Callable[..., Place], address_of: Callable[[Place], str]
) -> None:
    place = new_workspace(locale=locale, plan="starter")
    address = address_of(place)
    sign_in(page, place, address)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for full in (False, True):
        if full:
            fill(place)
        for path in ("/settings/plan", "/settings/usage", "/settings/conduct"):
            page.goto(f"{address}{path}")
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, (path, wide)
                if folder := os.environ.get("SHOTS"):
                    page.screenshot(path=f"{folder}/{path[10:]}-{locale}-{width}-{full}.png", full_page=True)
            assert serious_violations(page) == [], path
    assert said == []
