"""The month's quota: taken at once or not at all, by any number of launches together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest

from app.billing import queries, service
from app.core.errors import Invalid, QuotaExceeded
from app.core.unit import unit_of_work
from app.tenants.plans import plan, plans
from tests.support.workspaces import Place

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
MARCH = date(2026, 3, 1)
FREE = plan("free").mails_a_month


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")


def reserve(place: Place, count: int, now: datetime = NOW) -> date:
    with place.inside():
        return service.reserve(count, now)


def settle(place: Place, month: date, **counts: int) -> None:
    with place.inside():
        service.settle(month, **counts)


def usage(place: Place, now: datetime = NOW) -> queries.Usage:
    with place.inside():
        return queries.usage(now)


def test_plans_are_read_from_the_file() -> None:
    assert list(plans()) == ["free", "starter", "business", "newspaper"]
    limits = [one.mails_a_month for one in plans().values()]
    assert limits == sorted(limits)
    for one in plans().values():
        assert set(one.names) == {"ko", "en"}
    with pytest.raises(KeyError):
        plan("golden")


def test_reserving_up_to_the_limit_and_no_further(place: Place) -> None:
    assert reserve(place, FREE - 1) == MARCH
    assert usage(place).left == 1
    with pytest.raises(QuotaExceeded):
        reserve(place, 2)
    reserve(place, 1)
    assert usage(place) == queries.Usage(plan("free").names["en"], FREE, FREE, 0)
    with pytest.raises(QuotaExceeded):
        reserve(place, 1)


def test_more_than_the_limit_at_once_is_refused_in_a_fresh_month(place: Place) -> None:
    with pytest.raises(QuotaExceeded):
        reserve(place, FREE + 1)
    assert usage(place).used == 0


def test_what_was_not_sent_is_given_back(place: Place) -> None:
    month = reserve(place, 100)
    settle(place, month, reserved=60, sent=50)
    assert (usage(place).reserved, usage(place).sent, usage(place).left) == (40, 50, FREE - 90)
    settle(place, month, reserved=40, sent=0)
    assert (usage(place).reserved, usage(place).sent) == (0, 50)


def test_more_than_reserved_is_never_settled(place: Place) -> None:
    month = reserve(place, 10)
    for counts in ({"reserved": 11, "sent": 0}, {"reserved": 5, "sent": 6}, {"reserved": 5, "sent": -1}):
        with pytest.raises(Invalid):
            settle(place, month, **counts)
    assert (usage(place).reserved, usage(place).sent) == (10, 0)


def test_launches_at_the_same_moment_never_pass_the_limit_together(place: Place) -> None:
    step, threads = 300, 12
    start = Barrier(threads)

    def launch(_number: int) -> bool:
        with place.app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    service.reserve(step, NOW)
            except QuotaExceeded:
                return False
            return True

    with ThreadPoolExecutor(threads) as pool:
        taken = sum(pool.map(launch, range(threads)))
    assert taken == FREE // step
    assert usage(place).reserved == taken * step


def test_a_refused_launch_takes_nothing(place: Place) -> None:
    with pytest.raises(Invalid), place.inside():
        service.settle(service.reserve(5, NOW), reserved=6, sent=0)
    assert usage(place).used == 0


def test_the_month_turns_in_the_workspaces_own_zone(new_workspace: Callable[..., Place]) -> None:
    seoul = new_workspace(plan="free")
    evening_of_the_last_day_in_utc = datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert reserve(seoul, 7, evening_of_the_last_day_in_utc) == date(2026, 4, 1)
    assert usage(seoul, NOW).reserved == 0


def test_a_mailing_is_settled_in_the_month_that_it_was_reserved_in(place: Place) -> None:
    april = datetime(2026, 4, 2, tzinfo=UTC)
    month = reserve(place, 10)
    settle(place, month, reserved=10, sent=9)
    assert usage(place, april).sent == 0
    with place.inside():
        assert queries.past_months(april) == [queries.PastMonth(MARCH, 9, 0)]


def test_another_workspace_has_its_own_quota(place: Place, new_workspace: Callable[..., Place]) -> None:
    other = new_workspace(plan="free")
    reserve(place, FREE)
    assert usage(other).used == 0
    reserve(other, FREE)


def test_the_usage_page_shows_the_month_and_the_past_ones(place: Place) -> None:
    reserve(place, 1234, datetime.now(UTC))
    settle(place, reserve(place, 567), reserved=567, sent=567)
    page = place.client().get("/settings/usage").text
    assert "1,234" in page
    assert "March 2026" in page
    assert "567" in page


def test_another_workspace_sees_nothing_of_it(place: Place, other_workspace: Place) -> None:
    settle(place, reserve(place, 567), reserved=567, sent=567)
    assert "567" not in other_workspace.client().get("/settings/usage").text
