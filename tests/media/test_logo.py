"""The logo of a workspace: a picture that pages and new headers of mails show."""

from __future__ import annotations

import io

import pytest
from werkzeug.test import TestResponse

from app.core.access import Role
from app.media import queries
from app.tenants.queries import current_workspace
from tests.media.test_library import picture
from tests.support.workspaces import HostClient, Place
from tests.tenants.test_roles import colleague


def choose(client: HostClient, content: bytes, name: str = "logo.png") -> TestResponse:
    return client.post("/media/logo", data={"file": (io.BytesIO(content), name)})


def logo_of(place: Place) -> str:
    with place.inside():
        return current_workspace().logo


def test_it_stands_in_the_corner_at_the_door_and_on_public_pages(workspace: Place, other_workspace: Place) -> None:
    client = workspace.client()
    assert "messagepark</a>" in client.get("/lists").text
    assert choose(client, picture("WEBP")).status_code == 303
    shown = f'src="{workspace.url}/m/{logo_of(workspace)}"'
    assert client.get(f"/m/{logo_of(workspace)}").status_code == 200
    client = workspace.client()  # of the app as it is after the change, as the dispatcher would choose it
    for page in (client.get("/lists"), client.get("/media/logo"), workspace.anonymous().get("/sign-in")):
        assert shown in page.text
    assert logo_of(other_workspace) == ""
    assert f"/m/{logo_of(workspace)}" not in other_workspace.client().get("/lists").text
    assert other_workspace.client().get(f"/m/{logo_of(workspace)}").status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (picture("GIF"), "PNG, JPEG or WebP"),
        (picture("PNG") + b"\0" * 2 * 1024 * 1024, "at most 2 MB"),
        (b"", "no picture"),
    ],
    ids=["svg", "gif", "large", "empty"],
)
def test_what_is_no_logo_changes_nothing(workspace: Place, content: bytes, says: str) -> None:
    client = workspace.client()
    answer = choose(client, content)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert client.post("/media/logo", data={}).status_code == 422
    assert logo_of(workspace) == ""


def test_it_is_taken_away_and_goes_with_its_picture(workspace: Place) -> None:
    client = workspace.client()
    choose(client, picture())
    assert client.post("/media/logo/removals").status_code == 303
    assert logo_of(workspace) == ""
    choose(client, picture())
    with workspace.inside():
        [number] = [kept.id for kept in queries.pictures()]
    assert client.post(f"/media/{number}/deletions").status_code == 303
    assert logo_of(workspace) == ""
    assert "messagepark</a>" in workspace.client().get("/lists").text


def test_an_editor_does_not_choose_it(workspace: Place) -> None:
    assert choose(colleague(workspace, Role.EDITOR), picture()).status_code == 403
