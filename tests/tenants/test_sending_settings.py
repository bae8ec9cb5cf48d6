from __future__ import annotations

import pytest

from app.tenants.queries import current_workspace
from tests.support.workspaces import HostClient, Place


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
