"""Choosing another plan, and the operator's yes to it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import sqlalchemy as sa

from app.billing import words
from app.core.db import db
from app.core.notices import Notice
from app.dispatch import Dispatcher
from app.tenants.plans import Currency, Feature, plan, plans
from app.tenants.queries import workspace
from tests.support.console import stranger_at_console
from tests.support.workspaces import HostClient, Place


def code_of(place: Place) -> str:
    found = workspace(place.id)
    assert found is not None
    return found.plan_code


def letters(place: Place) -> list[str]:
    with place.inside():
        return list(db.session.scalars(sa.select(Notice.subject).where(Notice.tenant_id == place.id)))


def ask(place: Place, code: str) -> None:
    answer = place.client().post("/settings/plan", data={"plan": code})
    assert answer.status_code == 303, answer.text


def wish_path(operator: HostClient, place: Place) -> str:
    page = operator.get("/plans").text
    return f"/plans/{place.id}/wishes/" + page.split(f"/plans/{place.id}/wishes/")[1].split("/")[0]


def test_every_plan_gives_at_least_what_the_smaller_one_gives() -> None:
    in_order = list(plans().values())
    for smaller, larger in pairwise(in_order):
        for what in ("mails_a_month", "members", "domains", "media_mb", "retention_days"):
            assert getattr(larger, what) >= getattr(smaller, what), (larger.code, what)
        assert larger.features >= smaller.features
        assert all(larger.price[currency] > smaller.price[currency] for currency in Currency)
        # Stripe's subscriptions have a metered price beside the plan's: all that are paid have one, so none is missing.
        assert set(larger.overage) == set(Currency)
    assert plan("free").is_free
    assert plan("newspaper").features == set(Feature)


def test_the_page_compares_all_plans(place: Place) -> None:
    page = place.client().get("/settings/plan").text
    for each in plans().values():
        assert each.names["en"] in page
    assert "$15 a month" in page
    assert "$0.70 for 1,000 more" in page
    assert "1,000 people kept" in page


def test_the_page_speaks_korean_and_counts_in_won(new_workspace: Callable[..., Place]) -> None:
    page = new_workspace(locale="ko", plan="starter").client().get("/settings/plan").text
    assert "월 ₩190,000" in page
    assert "요금제" in page


def test_money_is_written_as_the_reader_writes_it(place: Place) -> None:
    with place.inside():
        assert words.price(plan("free"), "usd") == "Free of charge"
        assert words.price(plan("starter"), "krw") == "₩19,000 a month"
        assert words.overage(plan("free"), "usd") == ""


def test_a_plan_that_costs_something_counts_only_after_the_operators_yes(place: Place, operator: HostClient) -> None:
    ask(place, "business")
    assert code_of(place) == "free"
    assert "Waiting for our yes" in place.client().get("/settings/plan").text
    assert place.workspace.name in operator.get("/plans").text
    assert operator.post(f"{wish_path(operator, place)}/confirmation").status_code == 303
    assert code_of(place) == "business"
    assert "Your plan is now Business" in letters(place)
    assert f"/plans/{place.id}/" not in operator.get("/plans").text


def test_a_declined_wish_changes_nothing_and_is_told(place: Place, operator: HostClient) -> None:
    ask(place, "starter")
    operator.post(f"{wish_path(operator, place)}/refusal")
    assert code_of(place) == "free"
    assert "The plan Starter was not confirmed" in letters(place)


def test_a_wish_is_decided_once(place: Place, operator: HostClient) -> None:
    ask(place, "starter")
    path = wish_path(operator, place)
    operator.post(f"{path}/refusal")
    assert operator.post(f"{path}/confirmation").status_code == 409
    assert code_of(place) == "free"
    assert operator.post(f"/plans/{place.id}/wishes/0/confirmation").status_code == 404


def test_another_wish_takes_the_place_of_the_first_and_can_be_withdrawn(place: Place, operator: HostClient) -> None:
    ask(place, "starter")
    first = wish_path(operator, place)
    ask(place, "business")
    assert operator.post(f"{first}/confirmation").status_code == 409
    place.client().post("/settings/plan/withdrawals")
    assert f"/plans/{place.id}/" not in operator.get("/plans").text


def test_what_costs_nothing_needs_nobodys_yes(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="starter")
    ask(place, "free")
    assert code_of(place) == "free"


@pytest.mark.parametrize(("code", "status"), [("golden", 422), ("", 422), ("free", 409)])
def test_what_cannot_be_chosen(place: Place, code: str, status: int) -> None:
    assert place.client().post("/settings/plan", data={"plan": code}).status_code == status
    assert code_of(place) == "free"


def test_the_desk_is_the_operators_alone(dispatcher: Dispatcher, place: Place, site_client: HostClient) -> None:
    ask(place, "starter")
    stranger = stranger_at_console(dispatcher)
    assert stranger.get("/plans").location == "/sign-in"
    assert stranger.post(f"/plans/{place.id}/wishes/1/confirmation").location == "/sign-in"
    assert site_client.get("/plans").status_code == 404
    assert code_of(place) == "free"
    assert place.client().get("/plans").status_code == 404


def test_another_workspace_sees_nothing_of_a_wish(place: Place, other_workspace: Place) -> None:
    ask(place, "business")
    other = other_workspace.client()
    assert "Waiting for our yes" not in other.get("/settings/plan").text
    other.post("/settings/plan/withdrawals")
    assert "Waiting for our yes" in place.client().get("/settings/plan").text
