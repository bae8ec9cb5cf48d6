"""Who looks after payment changes it; everybody else may look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.billing import standing
from app.billing.gateway import Bill, Standing
from app.core.access import Permission, Role
from app.core.db import db
from app.dispatch import Dispatcher
from app.tenants.models import Member
from tests.support.workspaces import HostClient, Place

MAY = {Role.OWNER, Role.ADMIN, Role.BILLING}
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
CHANGES = (
    ("/settings/plan", {"plan": "business"}),
    ("/settings/plan/withdrawals", {}),
    ("/settings/plan/payment", {}),
    ("/settings/usage/overage", {"on": "1"}),
)
PAGES = ("/settings/plan", "/settings/usage", "/settings/usage/2026-03", "/settings/usage/2026-03.csv",
         "/settings/usage/2026-03.xlsx")  # fmt: skip


@pytest.fixture
def as_role(new_workspace: Callable[..., Place]) -> Callable[[Role], HostClient]:
    """A browser of a member with a role, in a workspace that has something to change and an invoice."""

    def sign_in(role: Role) -> HostClient:
        place = new_workspace(plan="starter")
        bill = Bill("in_1", "MP-0001", NOW, 1500, "usd", "paid", "", "https://pay.stripe.com/invoice/in_1/pdf")
        with place.inside():
            db.session.execute(sa.update(Member).where(Member.id == place.member_id).values(role=role))
            standing.note_customer(f"cus_{place.id}")
            standing.take_over(Standing(None, [bill]), asked_at=NOW)
        return place.client()

    return sign_in


@pytest.mark.parametrize("role", list(Role))
def test_every_change_is_theirs_alone(role: Role, as_role: Callable[[Role], HostClient]) -> None:
    client = as_role(role)
    refused = {path for path, data in CHANGES if client.post(path, data=data).status_code == 403}
    assert refused == (set() if role in MAY else {path for path, _data in CHANGES})


@pytest.mark.parametrize("role", list(Role))
def test_everybody_looks_and_only_they_see_buttons_and_invoices(
    role: Role, as_role: Callable[[Role], HostClient], paying: Callable[..., None]
) -> None:
    paying()
    client = as_role(role)
    assert [client.get(path).status_code for path in PAGES] == [200] * len(PAGES)
    plan, usage = client.get("/settings/plan").text, client.get("/settings/usage").text
    seen = {
        "choose": "Change to Business" in plan,
        "pay": "Card, address, tax number" in plan,
        "invoices": "MP-0001" in plan,
        "go on": "Go on above the plan" in usage,
    }
    assert set(seen.values()) == {role in MAY}, seen
    assert ("Your role may look at this" in plan) is (role not in MAY)


def test_no_change_of_billing_asks_for_less(dispatcher: Dispatcher) -> None:
    views = {
        rule.endpoint: dispatcher.prototype.view_functions[rule.endpoint]
        for rule in dispatcher.prototype.url_map.iter_rules()
        if rule.endpoint.startswith("billing.") and "POST" in (rule.methods or ())
    }
    assert len(views) == len(CHANGES)
    assert {view.required_permission for view in views.values()} == {Permission.MANAGE_BILLING}  # type: ignore[attr-defined]
