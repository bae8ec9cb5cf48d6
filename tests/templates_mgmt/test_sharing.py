"""Who sees a template and who may change it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.core.access import Role
from app.core.db import db
from app.templates_mgmt.models import Template
from app.tenants.models import Member
from tests.compose.test_approval import join
from tests.support.mailings import make_list, people
from tests.support.workspaces import HostClient, Place


@pytest.fixture
def template_id(workspace: Place) -> int:
    with workspace.inside():
        made = Template(title="Weekly", subject="This week", html="<p>Hello</p>")
        db.session.add(made)
        db.session.flush()
        return made.id


def share(client: HostClient, template_id: int, seen_by: str, changed_by: str) -> int:
    data = {"seen_by": seen_by, "changed_by": changed_by}
    return client.post(f"/templates/{template_id}/sharing", data=data).status_code


def may_see(client: HostClient, template_id: int) -> bool:
    listed = "Weekly" in client.get("/templates/").text
    answers = {client.get(f"/templates/{template_id}{path}").status_code for path in ("", "/preview", "/versions")}
    assert answers == ({200} if listed else {404})
    return listed


def may_change(client: HostClient, template_id: int) -> bool:
    """Who may change it is told what is wrong with a change, the others that it is not theirs."""
    answer = share(client, template_id, "nobody", "nobody")
    assert answer in (422, 403)
    written = client.post(f"/templates/{template_id}", data={"title": ""}).status_code
    assert written == answer
    return answer == 422


def test_everybody_sees_and_whoever_writes_changes_it_at_first(workspace: Place, template_id: int) -> None:
    editor, sender = join(workspace, Role.EDITOR), join(workspace, Role.SENDER)
    assert may_see(editor, template_id)
    assert may_see(sender, template_id)
    assert may_change(editor, template_id)
    assert not may_change(sender, template_id)


def test_what_editors_see_is_not_shown_to_others(client: HostClient, workspace: Place, template_id: int) -> None:
    assert share(client, template_id, "writers", "admins") == 303
    editor, sender = join(workspace, Role.EDITOR), join(workspace, Role.SENDER)
    assert may_see(editor, template_id)
    assert not may_see(sender, template_id)
    assert not may_change(editor, template_id)
    assert "may change it" in editor.get(f"/templates/{template_id}").text
    assert may_change(join(workspace, Role.ADMIN), template_id)


def test_what_is_mine_is_hidden_from_everybody_else_wherever_templates_are_offered(
    client: HostClient, workspace: Place, template_id: int
) -> None:
    make_list(workspace, people(1))
    assert share(client, template_id, "mine", "writers") == 303
    admin = join(workspace, Role.ADMIN)
    assert may_see(client, template_id)
    assert not may_see(admin, template_id)
    assert share(admin, template_id, "everyone", "writers") == 404
    for path in ("/mailings/new?template={}", "/templates/{}/export/html", "/templates/{}/blocks"):
        assert admin.get(path.format(template_id)).status_code == 404
    assert "Weekly" not in admin.get("/breaking").text
    assert "Weekly" in client.get("/breaking").text


def test_everybody_may_copy_what_they_may_not_change(client: HostClient, workspace: Place, template_id: int) -> None:
    assert share(client, template_id, "everyone", "mine") == 303
    editor = join(workspace, Role.EDITOR)
    assert not may_change(editor, template_id)
    copy = int(editor.post(f"/templates/{template_id}/copies").location.rsplit("/", 1)[1])
    assert may_change(editor, copy)


def test_what_belonged_to_somebody_who_left_is_for_those_who_write(
    client: HostClient, workspace: Place, template_id: int
) -> None:
    editor = join(workspace, Role.EDITOR)
    assert share(editor, template_id, "mine", "mine") == 303
    assert not may_see(client, template_id)
    with workspace.inside():
        db.session.execute(sa.delete(Member).where(Member.role == Role.EDITOR))
    assert may_see(client, template_id)
    assert may_change(client, template_id)


def test_another_workspace_shares_nothing(other_client: HostClient, template_id: int) -> None:
    assert share(other_client, template_id, "everyone", "writers") == 404
