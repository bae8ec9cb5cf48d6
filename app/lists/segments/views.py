"""The views that segments speak to. Whoever writes SQL sees the same names, so columns are only ever added.

They belong to the database (migration 0023): what is sent, opened and clicked lies above this domain, and is known here
by these names alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.core.errors import N_

_INT, _TEXT, _TIME = sa.BigInteger(), sa.Text(), sa.DateTime(timezone=True)

# View → column → (type, what it says). The page about SQL conditions and what SQL may name are both made from this.
COLUMNS: dict[str, dict[str, tuple[Any, str]]] = {
    "contact": {
        "id": (_INT, N_("number of the person")),
        "address": (_TEXT, N_("address as written")),
        "domain": (_TEXT, N_("what stands behind the @, in small letters")),
        "name": (_TEXT, N_("name, may be empty")),
        "fields": (JSONB(), N_("your fields: fields ->> 'town' is a text")),
        "created_at": (_TIME, N_("known since")),
        "updated_at": (_TIME, N_("changed last")),
        "import_id": (_INT, N_("import that brought the person in, may be empty")),
        "suppressed": (sa.Boolean(), N_("whether the address is on the suppression list")),
    },
    "subscription": {
        "contact_id": (_INT, N_("number of the person")),
        "list_id": (_INT, N_("number of the list")),
        "list_code": (_TEXT, N_("ID of the list")),
        "list_title": (_TEXT, N_("title of the list")),
        "state": (_TEXT, N_("subscribed, unconfirmed, unsubscribed, bounced, complained")),
        "source": (_TEXT, N_("where the consent came from")),
        "consent": (_TEXT, N_("how the person agreed, in words")),
        "created_at": (_TIME, N_("agreed on")),
        "changed_at": (_TIME, N_("state changed last")),
        "changed_by": (_TEXT, N_("who or what changed it")),
        "import_id": (_INT, N_("import that put the person on the list")),
    },
    "mailing": {
        "id": (_INT, N_("number of the mailing")),
        "subject": (_TEXT, N_("subject")),
        "kind": (_TEXT, N_("newsletter, notice, advertising, breaking")),
        "state": (_TEXT, N_("running, paused, finished, cancelled, …")),
        "started_at": (_TIME, N_("sending began")),
        "finished_at": (_TIME, N_("sending ended, may be empty")),
        "people": (_INT, N_("how many it was for")),
    },
    "mailing_link": {
        "mailing_id": (_INT, N_("number of the mailing")),
        "number": (_INT, N_("number of the link in the mail, from 1")),
        "url": (_TEXT, N_("where it leads")),
        "label": (_TEXT, N_("its words in the mail")),
    },
    "delivery_summary": {
        "contact_id": (_INT, N_("number of the person")),
        "mailing_id": (_INT, N_("number of the mailing")),
        "subject": (_TEXT, N_("subject of the mailing")),
        "started_at": (_TIME, N_("sending of the mailing began")),
        "state": (_TEXT, N_("waiting, deferred, accepted, bounced, cancelled, expired")),
        "bounce": (_TEXT, N_("user_unknown, host_unknown, mailbox_full, refused, other; empty if it did not bounce")),
        "sent_at": (_TIME, N_("last answer of the receiving server")),
        "opened_at": (_TIME, N_("first opened by a person; machines are not counted")),
        "clicked_at": (_TIME, N_("first click of a person")),
        "unsubscribed_at": (_TIME, N_("left by this mail")),
        "opens": (_INT, N_("how often a person opened it")),
        "clicks": (_INT, N_("how often a person clicked")),
        "links_clicked": (ARRAY(sa.Integer()), N_("numbers of the links a person clicked")),
    },
}


def _view(name: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, kind) for column, (kind, _says) in COLUMNS[name].items()))


CONTACT, SUBSCRIPTION, MAILING, MAILING_LINK, DELIVERY = map(_view, COLUMNS)
