"""What the outbox holds for somebody, and where its links lead."""

from __future__ import annotations

import re

import sqlalchemy as sa

from app.core.db import db
from app.core.notices import Notice
from app.core.tenancy import control_plane
from tests.support.workspaces import Place


def letters_to(place: Place, address: str) -> list[Notice]:
    """The mails written to an address, by whichever workspace, the oldest first."""
    with place.dispatcher.site.app_context(), control_plane():
        found = list(db.session.scalars(sa.select(Notice).where(Notice.address == address).order_by(Notice.id)))
        db.session.expunge_all()
        return found


def link_in(letter: Notice) -> str:
    """The path of the one link in a letter."""
    (found,) = re.findall(r"https?://[^/\s]+(/\S+)", letter.text)
    return str(found)
