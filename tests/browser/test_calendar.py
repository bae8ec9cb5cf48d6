"""The calendar in a real browser: dragged, moved by keys, and for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.sending import queries as sending
from tests.browser.axe import serious_violations
from tests.browser.conftest import sign_in
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

pytestmark = pytest.mark.browser
SEOUL = ZoneInfo("Asia/Seoul")


def mid_next_month() -> datetime:
    """A Wednesday in the middle of next month, with whole weeks on both sides of it."""
    first = (clock.now().astimezone(SEOUL).date().replace(day=1) + timedelta(days=40)).replace(day=14)
    return datetime.combine(first + timedelta(days=(2 - first.weekday()) % 7), time(9, 30), SEOUL)


def planned(place: Place, mailing_id: int) -> datetime:
    with place.inside():
        launch = sending.launch(mailing_id)
        assert launch is not None
        return launch.planned_at.astimezone(SEOUL)


@pytest.fixture
def waiting(workspace: Place, page: Page, address_of: Callable[[Place], str]) -> tuple[int, datetime]:
    """A mailing that waits, and its month in the browser."""
    at = mid_next_month()
    mailing_id = schedule(workspace, [make_list(workspace, people(3))], at=at)
    address = address_of(workspace)
    sign_in(page, workspace, address)
    page.goto(f"{address}/calendar?day={at.date()}")
    return mailing_id, at


def test_dragging_a_mailing_to_another_day_keeps_its_time_of_day(
    workspace: Place, page: Page, waiting: tuple[int, datetime]
) -> None:
    mailing_id, at = waiting
    target = at + timedelta(days=2)
    page.locator(f"#m{mailing_id}").drag_to(page.locator(f"[data-day='{target.date()}']"))
    expect(page.locator(f"[data-day='{target.date()}'] #m{mailing_id}")).to_be_visible()
    assert planned(workspace, mailing_id) == target


def test_shift_and_an_arrow_key_move_it_and_it_stays_in_hand(
    workspace: Place, page: Page, waiting: tuple[int, datetime]
) -> None:
    mailing_id, at = waiting
    page.locator(f"#m{mailing_id}").focus()
    page.keyboard.press("Shift+ArrowDown")
    week_on = at + timedelta(days=7)
    expect(page.locator(f"[data-day='{week_on.date()}'] #m{mailing_id}")).to_be_visible()
    expect(page.locator(f"#m{mailing_id}")).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(f"[data-day='{(week_on - timedelta(days=1)).date()}'] #m{mailing_id}")).to_be_visible()
    assert planned(workspace, mailing_id) == week_on - timedelta(days=1)


@pytest.mark.parametrize("width", [1280, 390])
def test_nobody_is_shut_out_and_it_fits(page: Page, waiting: tuple[int, datetime], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    expect(page.locator(f"#m{waiting[0]}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious_violations(page) == []
