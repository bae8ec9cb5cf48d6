"""A reader's new address: asked for on their own page, and theirs once the new address has said yes.

Nothing is stored meanwhile: the link in the mail says who asked, from which address, and for which.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import N_, Invalid
from app.core.tokens import BadToken, read, sign
from app.lists import edits, letters, preferences, queries, service, signups
from app.lists.address import Address, parse_address
from app.lists.queries import Contact
from app.lists.service import Person

PURPOSE = "address-change"
LINK_LIVES = 24 * 3600
BY = "preferences"


class SameAddress(Invalid):
    message = N_("Your mails go to %(address)s already.")


@dataclass(frozen=True, slots=True)
class Change:
    """What a link stands for. `done`: the mails go to the new address already."""

    contact: Contact
    address: Address
    done: bool


def ask(contact: Contact, text: str) -> None:
    """Ask a new address by mail whether it is the person's.

    The caller learns nothing about the address: one that is refused or was asked too often looks the same.

    Raises:
        InvalidAddress: it is not one.
        SameAddress: it is the present one.
    """
    address = parse_address(text)
    if address.key == contact.address_key:
        raise SameAddress(address=contact.address)
    entry = queries.suppression_of(address.key)
    if entry is not None and entry.reason not in signups.OWN_WILL:
        return
    if signups.may_be_asked(address.key):
        token = sign(PURPOSE, [contact.id, contact.address_key, address.text])
        letters.post_address_change(address.text, contact.address, token)


def change_of(token: str) -> Change:
    """Return what a link asks for.

    Raises:
        BadToken: it is too old, not ours, or the person is gone or has another address by now.
    """
    contact_id, before, text = read(PURPOSE, token, max_age=LINK_LIVES)
    contact, address = queries.contact(contact_id), parse_address(text)
    if contact is None or contact.address_key not in (before, address.key):
        raise BadToken
    return Change(contact, address, contact.address_key == address.key)


def confirm(change: Change, *, ip: str) -> Contact:
    """Hear the new address's yes; the old one is told. Return whose mails go there: a second yes changes nothing.

    Where somebody of that address is known, it is the same person twice: their lists come together there.
    """
    if change.done:
        return change.contact
    signups.lift(change.address.key)
    before, known = change.contact.address, queries.contact_by_address(change.address.text)
    if known is not None:
        preferences.hand_over(change.contact, known, ip=ip)
    else:
        with edits.noted(change.contact, by=BY):
            service.update_contact(change.contact, Person(change.address.text, change.contact.name))
    letters.post_address_changed(before, change.address.text)
    return known or change.contact
