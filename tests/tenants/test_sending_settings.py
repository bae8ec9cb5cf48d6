from __future__ import annotations

import pytest

from app.core.access import Role
from app.tenants.legal import Law, LegalSender
from app.tenants.queries import current_workspace
from tests.support.workspaces import HostClient, Place
from tests.tenants.test_members import add_member


def typed_over(place: Place) -> int | None:
    with place.inside():
        return current_workspace().typed_over


def test_limit_is_set_and_taken_away(client: HostClient, workspace: Place, other_workspace: Place) -> None:
    assert client.post("/settings/sending", data={"typed_over": "500"}).status_code == 303
    assert typed_over(workspace) == 500
    assert 'value="500"' in client.get("/settings/sending").text
    assert typed_over(other_workspace) is None
    client.post("/settings/sending", data={"typed_over": ""})
    assert typed_over(workspace) is None


@pytest.mark.parametrize("bad", ["0", "-5", "many", "100000001"])
def test_limit_that_is_none_is_refused(client: HostClient, workspace: Place, bad: str) -> None:
    answer = client.post("/settings/sending", data={"typed_over": bad})
    assert answer.status_code == 422
    assert bad in answer.text
    assert typed_over(workspace) is None


SENDER = {
    "law": "korea",
    "legal_name": "N & M",
    "postal_address": "1 Lane",
    "phone": "02-1",
    "contact_address": "a@b.example",
}


def test_sender_is_kept_for_one_workspace(client: HostClient, workspace: Place, other_workspace: Place) -> None:
    assert "Still missing" in client.get("/settings/sending").text
    assert client.post("/settings/sender", data=SENDER).status_code == 303
    page = client.get("/settings/sending").text
    assert 'value="N &amp; M"' in page
    assert "Still missing" not in page
    with workspace.inside():
        assert current_workspace().legal.korean
    with other_workspace.inside():
        assert current_workspace().legal == LegalSender(Law.ELSEWHERE, "", "", "", "")


@pytest.mark.parametrize(
    "bad", [{"law": "mars"}, {"legal_name": "a\nb"}, {"postal_address": "{{name}}"}, {"phone": "1" * 41}]
)
def test_sender_that_cannot_be_is_refused(client: HostClient, workspace: Place, bad: dict[str, str]) -> None:
    assert client.post("/settings/sender", data=SENDER | bad).status_code == 422
    with workspace.inside():
        assert current_workspace().legal_name == ""


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ANALYST])
def test_only_who_manages_the_workspace_changes_it(workspace: Place, role: Role) -> None:
    account_id, _member = add_member(workspace, role)
    other = workspace.client(account_id=account_id)
    assert other.get("/settings/sending").status_code == 403
    assert other.post("/settings/sender", data=SENDER).status_code == 403
    assert other.post("/settings/sending", data={"typed_over": "1"}).status_code == 403
