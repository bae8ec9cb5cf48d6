from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.compose.models import Mailing
from app.core.db import db
from app.sending import queries as sending
from app.sending.models import Launch
from tests.support.mailings import make_list, people
from tests.support.workspaces import HostClient, Place

HTML = '<p>Hello {{name|reader}}, <a href="https://daily.example/story">the story</a></p>'


@dataclass
class Desk:
    """A person at work on mails in one workspace."""

    place: Place
    client: HostClient
    list_id: int

    def draft(self, **columns: object) -> int:
        values = {
            "subject": "Today", "html": HTML, "sender_name": "News", "sender_address": "news@example.com",
            "list_ids": [self.list_id],
        }  # fmt: skip
        with self.place.inside():
            made = Mailing(**{**values, **columns})
            db.session.add(made)
            db.session.flush()
            return made.id

    def mailing(self, mailing_id: int) -> Mailing:
        with self.place.inside():
            found = db.session.get_one(Mailing, (self.place.id, mailing_id))
            db.session.expunge(found)
            return found

    def launch(self, mailing_id: int) -> Launch | None:
        with self.place.inside():
            found = sending.launch(mailing_id)
            if found is not None:
                db.session.expunge(found)
            return found

    def send(self, mailing_id: int, **changed: object) -> object:
        """Press the button of the last step as the page shows it."""
        query = f"?at={changed['at']}" if changed.get("at") else ""
        page = self.client.get(f"/mailings/{mailing_id}/send{query}").text
        data = {"version": hidden(page, "version"), "count": hidden(page, "count"), "report_to_author": "y"}
        return self.client.post(f"/mailings/{mailing_id}/launches", data=data | changed)


def hidden(page: str, name: str) -> str:
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, f"no hidden field {name}"
    return re.search(r'value="([^"]*)"', tag[0])[1]  # type: ignore[index]


@pytest.fixture
def desk_of() -> Callable[..., Desk]:
    def make(place: Place, count: int = 3) -> Desk:
        return Desk(place, place.client(), make_list(place, people(count)))

    return make


@pytest.fixture
def desk(workspace: Place, desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(workspace)
