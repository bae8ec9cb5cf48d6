from __future__ import annotations

import re

import pytest

from app.compose.content import starting_from
from app.core.access import Role
from app.core.db import db
from app.document import merge
from app.document.compile import MailSource, compile_mail
from app.templates_mgmt import queries
from app.templates_mgmt.models import Template
from app.templates_mgmt.sharing import Viewer
from app.templates_mgmt.starters import LANGUAGES, starters
from tests.support.workspaces import HostClient, Place


def make(place: Place, **columns: str) -> int:
    with place.inside():
        made = Template(**{"title": "Evening", "subject": "Tonight", "html": "<p>{{name|reader}}</p>", **columns})
        db.session.add(made)
        db.session.flush()
        return made.id


def stored(place: Place, template_id: int) -> Template:
    with place.inside():
        found = queries.template(template_id)
        db.session.expunge(found)
        return found


def seen(client: HostClient, template_id: int) -> str:
    page = client.get(f"/templates/{template_id}").text
    return re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]


def test_new_workspace_sees_the_starter_templates(client: HostClient) -> None:
    page = client.get("/templates/").text
    assert all(f"/thumbnails/starters/{code}" in page for code in ("newsletter", "notice", "breaking", "letter"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_starter_is_clean_and_leaves_nothing_to_mend(language: str) -> None:
    assert len(starters(language)) == 12
    for each in starters(language):
        assert merge.names(each.html).count("unsubscribe_url") == 1
        assert merge.unknown([each.subject, each.html], ["name", "email"]) == []
        assert merge.broken(each.html) == []
        assert f'<html lang="{language}"' in each.html
        assert compile_mail(MailSource(each.subject, each.html), None).text


def test_template_is_made_changed_and_deleted(client: HostClient, workspace: Place) -> None:
    made = client.post("/templates/", data={"title": "Notice", "subject": "S", "html": "<p>One</p>"})
    template_id = int(made.location.rpartition("/")[2])
    answer = client.post(
        f"/templates/{template_id}",
        data={"title": "Notice 2", "subject": "S2", "html": "<p>Two</p>", "seen": seen(client, template_id)},
    )
    assert answer.status_code == 303
    assert (stored(workspace, template_id).title, stored(workspace, template_id).html) == ("Notice 2", "<p>Two</p>")
    assert client.post(f"/templates/{template_id}/deletions").status_code == 303
    assert client.get(f"/templates/{template_id}").status_code == 404


def test_what_a_mail_cannot_hold_is_taken_out_and_told(client: HostClient, workspace: Place) -> None:
    made = client.post("/templates/", data={"title": "T", "html": "<p>x</p><script>alert(1)</script>"})
    assert stored(workspace, int(made.location.rpartition("/")[2])).html == "<p>x</p>"
    assert "script" in client.get(made.location).text


def test_form_with_errors_keeps_what_was_typed(client: HostClient) -> None:
    answer = client.post("/templates/", data={"title": "", "subject": "Kept", "html": "<p>kept too</p>"})
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text
    assert "&lt;p&gt;kept too&lt;/p&gt;" in answer.text


def test_subject_with_a_line_break_is_refused(client: HostClient) -> None:
    answer = client.post("/templates/", data={"title": "T", "subject": "a\r\nBcc: x@example.com", "html": "<p>x</p>"})
    assert answer.status_code == 422


def test_two_people_saving_lose_nothing(client: HostClient, workspace: Place) -> None:
    template_id = make(workspace)
    at_first = seen(client, template_id)
    client.post(f"/templates/{template_id}", data={"title": "A", "html": "<p>theirs</p>", "seen": at_first})
    answer = client.post(f"/templates/{template_id}", data={"title": "B", "html": "<p>mine</p>", "seen": at_first})
    assert answer.status_code == 409
    assert "&lt;p&gt;theirs&lt;/p&gt;" in answer.text
    assert "&lt;p&gt;mine&lt;/p&gt;" in answer.text
    assert stored(workspace, template_id).html == "<p>theirs</p>"
    again = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.text)[1]  # type: ignore[index]
    kept = client.post(f"/templates/{template_id}", data={"title": "B", "html": "<p>mine</p>", "seen": again})
    assert kept.status_code == 303
    assert stored(workspace, template_id).html == "<p>mine</p>"


def test_copy_stands_beside_the_original(client: HostClient, workspace: Place) -> None:
    template_id = make(workspace)
    copy = client.post(f"/templates/{template_id}/copies")
    copy_id = int(copy.location.rpartition("/")[2])
    assert copy_id != template_id
    assert stored(workspace, copy_id).html == stored(workspace, template_id).html


def test_search_looks_at_title_and_subject(client: HostClient, workspace: Place) -> None:
    make(workspace, title="Morning 100%", subject="x")
    make(workspace, title="Other", subject="Evening")
    page = client.get("/templates/?q=100%25").text
    assert "Morning 100%" in page
    assert "Other" not in page


def test_preview_runs_nothing(client: HostClient, workspace: Place) -> None:
    answer = client.get(f"/templates/{make(workspace)}/preview")
    assert "reader" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_another_workspace_sees_none_of_it(workspace: Place, other_client: HostClient) -> None:
    template_id = make(workspace, title="Secret plan")
    assert "Secret plan" not in other_client.get("/templates/").text
    assert other_client.get(f"/templates/{template_id}").status_code == 404
    assert other_client.get(f"/templates/{template_id}/preview").status_code == 404
    for action in ("copies", "deletions"):
        assert other_client.post(f"/templates/{template_id}/{action}").status_code == 404
    answer = other_client.post(f"/templates/{template_id}", data={"title": "x", "html": "x"})
    assert answer.status_code == 404
    assert stored(workspace, template_id).title == "Secret plan"


def test_a_starter_becomes_a_template_of_blocks_that_keeps_them(client: HostClient, workspace: Place) -> None:
    made = client.post("/templates/starters/notice/copies")
    template_id = int(made.location.rpartition("/")[2])
    first = stored(workspace, template_id)
    assert first.document is not None
    typed = first.html.replace("\n", "\r\n")
    form = {"title": "Ours", "subject": "S", "html": typed, "seen": seen(client, template_id)}
    assert client.post(f"/templates/{template_id}", data=form).status_code == 303
    assert stored(workspace, template_id).title == "Ours"
    assert stored(workspace, template_id).document == first.document
    copy = client.post(f"/templates/{template_id}/copies")
    assert stored(workspace, int(copy.location.rpartition("/")[2])).document == first.document
    assert client.post("/templates/starters/nothing/copies").status_code == 404


def test_a_mail_started_from_a_template_of_blocks_has_its_blocks(client: HostClient, workspace: Place) -> None:
    client.post("/templates/starters/notice/copies")
    with workspace.inside():
        chosen = queries.templates(Viewer(workspace.member_id, Role.OWNER))[0]
        started = starting_from(f"template:{chosen.id}", "en")
        assert started.document == chosen.document
        assert starting_from("starter:sale", "en").document is not None
