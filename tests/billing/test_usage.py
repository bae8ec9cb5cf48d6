"""What is used is told in time, can be gone beyond by choice, and can be looked up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import BytesIO
from threading import Barrier

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.billing import accounting, queries, service
from app.billing.service import Cause
from app.core.db import db
from app.core.errors import QuotaExceeded
from app.core.notices import Notice
from app.core.unit import unit_of_work
from app.tenants.plans import NotInPlan, plan
from tests.support.workspaces import Place

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
MARCH = date(2026, 3, 1)
FREE, STARTER = plan("free").mails_a_month, plan("starter").mails_a_month


def letters(place: Place) -> list[str]:
    with place.inside():
        query = sa.select(Notice.subject).where(Notice.tenant_id == place.id).order_by(Notice.id)
        return list(db.session.scalars(query))


def reserve(place: Place, count: int, now: datetime = NOW, cause: Cause | None = None) -> date:
    with place.inside():
        return service.reserve(count, now, cause)


def settle(place: Place, reserved: int, sent: int, mailing_id: int | None = None) -> None:
    with place.inside():
        service.settle(MARCH, reserved=reserved, sent=sent, mailing_id=mailing_id)


@pytest.fixture
def starter(new_workspace: Callable[..., Place]) -> Place:
    """A workspace that chose to go on above its plan."""
    made = new_workspace(plan="starter")
    with made.inside():
        service.choose_overage(True)
    return made


def test_each_step_is_mailed_once_in_a_month(place: Place) -> None:
    for count in (FREE * 8 // 10 - 1, 1, 1, FREE // 10, FREE // 10 - 1):
        reserve(place, count)
    assert letters(place) == [
        "80 percent of the month's mails are used",
        "90 percent of the month's mails are used",
        "The month's mails are used up",
    ]
    reserve(place, FREE, datetime(2026, 4, 2, tzinfo=UTC))
    assert letters(place)[3:] == ["The month's mails are used up"]


def test_a_jump_over_several_steps_is_one_mail(place: Place) -> None:
    reserve(place, FREE)
    assert letters(place) == ["The month's mails are used up"]


def test_launches_at_the_same_moment_are_told_of_once(place: Place) -> None:
    start = Barrier(6)

    def launch(_number: int) -> None:
        with place.app.app_context():
            start.wait()
            with unit_of_work():
                service.reserve(FREE * 3 // 20, NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(launch, range(6)))
    assert letters(place)[-1] == "90 percent of the month's mails are used"
    assert len(letters(place)) == len(set(letters(place)))


def test_pages_say_how_much_is_used_and_lead_to_the_usage(place: Place, other_workspace: Place) -> None:
    reserve(place, FREE * 8 // 10, datetime.now(UTC))
    page = place.client().get("/").text
    assert "1,600 of the 2,000 mails of this month are sent or reserved." in page
    assert "Beyond that mailings wait" in page
    assert "mails of this month are sent or reserved" not in other_workspace.client().get("/").text


def test_above_the_plan_mails_go_out_and_are_counted(starter: Place) -> None:
    reserve(starter, STARTER + 500)
    settle(starter, STARTER + 500, STARTER + 300)
    reserve(starter, 200)
    settle(starter, 200, 200)
    with starter.inside():
        month = queries.usage(NOW)
        assert (month.sent, month.overage, month.left) == (STARTER + 500, 500, 0)


def test_without_that_choice_nothing_passes_and_nothing_is_counted(starter: Place) -> None:
    reserve(starter, STARTER)
    with starter.inside():
        service.choose_overage(False)
    with pytest.raises(QuotaExceeded):
        reserve(starter, 1)
    settle(starter, STARTER, STARTER)
    with starter.inside():
        assert queries.usage(NOW).overage == 0


def test_a_plan_without_a_price_for_it_cannot_go_on(place: Place) -> None:
    with pytest.raises(NotInPlan), place.inside():
        service.choose_overage(True)
    page = place.client().get("/settings/usage").text
    assert "Go on above the plan" not in page


def test_the_switch_is_on_the_usage_page(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="starter")
    client = place.client()
    assert "Go on above the plan" in client.get("/settings/usage").text
    assert client.post("/settings/usage/overage", data={"on": "1"}).status_code == 303
    assert "what is above the plan is counted: $1.20 for 1,000 more" in client.get("/settings/usage").text
    client.post("/settings/usage/overage", data={"on": "0"})
    assert "Go on above the plan" in client.get("/settings/usage").text


def test_the_month_is_broken_down_by_day_mailing_and_member(starter: Place) -> None:
    reserve(starter, 100, NOW, Cause(1, "Monday's letter", starter.member_id))
    settle(starter, 100, 90, mailing_id=1)
    reserve(starter, 50, NOW.replace(day=16), Cause(2, "By itself", None))
    with starter.inside():
        account = accounting.account_of(MARCH, today=date(2026, 3, 20))
        assert len(account.days) == 20
        assert [(each.day.day, each.mails) for each in account.days if each.mails] == [(15, 90), (16, 50)]
        assert [(each.title, each.mails, each.open) for each in account.mailings] == [
            ("By itself", 50, True),
            ("Monday's letter", 90, False),
        ]
        assert [(each.name, each.mails) for each in account.members] == [("Owner", 90), ("", 50)]
        assert account.total == queries.usage(NOW).used


def test_a_mailing_is_counted_once_however_often_it_is_begun(starter: Place) -> None:
    for _again in range(2):
        reserve(starter, 10, NOW, Cause(7, "Twice", None))
    with starter.inside():
        assert accounting.account_of(MARCH, today=date(2026, 3, 31)).total == 10


def test_a_month_can_be_taken_away(starter: Place, other_workspace: Place) -> None:
    reserve(starter, 100, NOW, Cause(1, "=Monday", starter.member_id))
    settle(starter, 100, 90, mailing_id=1)
    client = starter.client()
    text = client.get("/settings/usage/2026-03.csv").text
    assert "2026-03-15 21:00,'=Monday,Owner,90" in text
    book = CalamineWorkbook.from_filelike(BytesIO(client.get("/settings/usage/2026-03.xlsx").data))
    assert book.sheet_names == ["Day by day", "By mailing", "By member"]
    assert book.get_sheet_by_name("By mailing").to_python()[1][1:] == ["=Monday", "Owner", 90.0]
    assert "=Monday" in client.get("/settings/usage/2026-03").text
    assert "Monday" not in other_workspace.client().get("/settings/usage/2026-03.csv").text
    assert "Monday" not in other_workspace.client().get("/settings/usage/2026-03").text


@pytest.mark.parametrize("month", ["2026-13", "march", "0000-01", "2026-03-01"])
def test_what_is_no_month_is_not_found(starter: Place, month: str) -> None:
    for end in ("", ".csv", ".xlsx"):
        assert starter.client().get(f"/settings/usage/{month}{end}").status_code == 404
