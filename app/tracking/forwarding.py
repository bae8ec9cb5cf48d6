"""Sending a mail on to a friend: a letter of ours with a link to it, and that it was done.

The friend's address is kept nowhere: it leaves the outbox with the letter, and what counts the tries keeps a hash. What
the friend reads has no name, no value and no link of the reader's in it, and counts nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from flask import render_template
from flask_babel import gettext as _

from app.conduct import queries as conduct
from app.core import tokens
from app.core.db import db
from app.core.errors import N_, Invalid, NotFound
from app.core.limits import limit
from app.core.notices import NoticeMail, post_notice
from app.core.site import settings
from app.core.tenancy import current_tenant_id
from app.core.tokens import BadToken
from app.document.compile import preview
from app.document.compiled import RenderedMail
from app.lists.address import Address, parse_address
from app.lists.queries import suppression_of
from app.lists.tracking import is_tracked
from app.sending import queries as sending
from app.sending.plan import source_of
from app.sending.waves import content_of
from app.tenants.queries import current_workspace
from app.tracking import service
from app.tracking.classify import Visit
from app.tracking.queries import Recipient
from app.tracking.terms import EventKind

PURPOSE = "forwarded"
READABLE_FOR = 365 * 86_400
DAY = 86_400
# Of one mail by one reader, to one address from anywhere, from one place, and of one workspace, in a day.
A_READER, A_FRIEND, A_PLACE, A_WORKSPACE = 5, 3, 20, 500
LONGEST_NAME = 40
# What a mail program would make a link of has no place in a name.
_NO_NAME = re.compile(r"[/:@<>]|\.\S")


class NoName(Invalid):
    about = "name"
    message = N_("Write your name without an address in it.")


@dataclass(frozen=True, slots=True)
class Wish:
    """Who a mail is to be sent on to, in whose name, asked from where."""

    to: str
    name: str
    place: str


def forward(person: Recipient, wish: Wish, visit: Visit) -> None:
    """Send a letter with a link to the mail. Nobody is told whether an address wants no mail: it just gets none.

    Raises:
        InvalidAddress: the friend's address is none.
        NoName: the name holds an address.
        RateLimited: too much was sent on today.
    """
    address, name = parse_address(wish.to), " ".join(wish.name.split())[:LONGEST_NAME]
    if _NO_NAME.search(name):
        raise NoName
    _keep_limits(person, address, wish.place)
    if suppression_of(address.key) is not None or conduct.is_braked():
        return
    _post(address, name, person.ref.mailing_id, _content_of(person))
    if is_tracked(person.contact_id):
        _record(person, visit)


def subject_of(person: Recipient) -> str:
    """Return what the mail is about, as anybody may read it."""
    return _shown(person.ref.mailing_id, _content_of(person)).subject


def _keep_limits(person: Recipient, address: Address, place: str) -> None:
    ref = person.ref
    limit("forward-mail", f"{ref.tenant_id}/{ref.mailing_id}/{ref.seq}", count=A_READER, seconds=DAY)
    limit("forward-place", place, count=A_PLACE, seconds=DAY)
    limit("forward-from", str(ref.tenant_id), count=A_WORKSPACE, seconds=DAY)
    limit("forward-to", address.key, count=A_FRIEND, seconds=DAY)


def _content_of(person: Recipient) -> int:
    """Return the number of what they got, where a mailing has several contents; 0 for its own."""
    content = content_of(person.ref.mailing_id, person.ref.seq)
    return content.number if content else 0


def _post(address: Address, name: str, mailing_id: int, number: int) -> None:
    place = current_workspace()
    payload = [place.id, mailing_id, number]
    mail = _shown(mailing_id, number)
    subject = _("%(name)s sends you: %(subject)s", name=name or _("A reader"), subject=mail.subject)
    link = f"{place.url}/t/w/{tokens.sign(PURPOSE, payload)}"
    values = {"workspace": place, "name": name, "mail": mail, "link": link, "subject": subject}
    letter = NoticeMail(
        to=address.text,
        subject=subject,
        html=render_template("tracking/mail/forwarded.html", **values),
        text=render_template("tracking/mail/forwarded.txt", **values),
        sender_name=place.sender_name or place.name,
        sender_address=settings().sender_address,
        passing=True,
    )
    post_notice(letter)


def read(token: str) -> RenderedMail:
    """Return the mail that a friend's link leads to.

    Raises:
        BadToken: forged, of another workspace, or older than a year.
        NotFound: the mail is gone.
    """
    tenant_id, mailing_id, number = tokens.read(PURPOSE, token, max_age=READABLE_FOR)
    if tenant_id != current_tenant_id():
        raise BadToken
    return _shown(mailing_id, number)


def _shown(mailing_id: int, number: int) -> RenderedMail:
    """The mail as nobody in particular gets it: no values, no blocks for some, nothing counted, no way to leave."""
    launch = sending.launch(mailing_id)
    content = sending.content(mailing_id, number) if number else None
    if launch is None or (number and content is None):
        raise NotFound
    return preview(source_of(launch, current_workspace(), content), {}, matched=())


_COUNT = sa.text(
    """
    WITH told AS (
        INSERT INTO reactions AS r (mailing_id, seq, forwards) VALUES (:mailing, :seq, 1)
        ON CONFLICT (tenant_id, mailing_id, seq) DO UPDATE SET forwards = r.forwards + 1 RETURNING forwards
    )
    INSERT INTO mailing_reactions AS m (mailing_id, forwarders) SELECT :mailing, (forwards = 1)::int FROM told
    ON CONFLICT (tenant_id, mailing_id) DO UPDATE SET forwarders = m.forwarders + excluded.forwarders
    """
).bindparams(sa.bindparam("mailing", type_=sa.BigInteger))


def _record(person: Recipient, visit: Visit) -> None:
    if service.record_act(person, EventKind.FORWARD, "", visit):
        db.session.execute(_COUNT, {"mailing": person.ref.mailing_id, "seq": person.ref.seq})
