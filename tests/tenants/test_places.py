"""A plan has so many places for members."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.compose import trials
from app.compose.models import Mailing
from app.core.access import Role
from app.core.unit import unit_of_work
from app.tenants import queries, service
from app.tenants.plans import NoPlaceForMembers, NotInPlan
from tests.support.workspaces import Place


@pytest.fixture
def place(new_workspace: Callable[..., Place]) -> Place:
    return new_workspace(plan="free")


def invite(place: Place, email: str) -> None:
    me = queries.member(place.member_id)
    assert me is not None
    service.invite(email, role=Role.EDITOR, by=me)


def test_nobody_is_invited_beyond_the_places_of_the_plan(place: Place) -> None:
    client = place.client()
    assert (
        client.post("/settings/members/invitations", data={"email": "one@example.com", "role": "editor"}).status_code
        == 303
    )
    page = client.post("/settings/members/invitations", data={"email": "two@example.com", "role": "editor"})
    assert page.status_code == 422
    assert "has places for 2 people, open invitations counted. Nobody was added" in page.text
    with place.inside():
        invite(place, "one@example.com")
        assert [each.email for each in queries.open_invitations()] == ["one@example.com"]


def test_invitations_at_the_same_moment_never_pass_the_places_together(new_workspace: Callable[..., Place]) -> None:
    place = new_workspace(plan="starter")
    start = Barrier(8)

    def ask(number: int) -> bool:
        with place.app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    invite(place, f"guest{number}-{place.id}@example.com")
            except NoPlaceForMembers:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == place.workspace.plan.members - 1


def test_what_a_plan_does_not_include_is_refused(place: Place, workspace: Place) -> None:
    wanted = trials.Plan([trials.Variant("Another subject")])
    with place.inside(), pytest.raises(NotInPlan):
        trials.keep(Mailing(), wanted)
    with workspace.inside():
        trials.keep(Mailing(), wanted)
