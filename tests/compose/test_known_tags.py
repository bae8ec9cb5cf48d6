"""A field that nobody has filled yet can be written all the same."""

from __future__ import annotations

from app.compose import queries
from app.core.db import db
from app.lists.models import Field
from tests.support.workspaces import Place


def test_a_field_is_a_tag_as_soon_as_it_is_made(workspace: Place, other_workspace: Place) -> None:
    with workspace.inside():
        db.session.add(Field(key="city", title="City", kind="text"))
        db.session.flush()
        assert queries.known_tags([]) == ["name", "email", "city"]
    with other_workspace.inside():
        assert "city" not in queries.known_tags([])
