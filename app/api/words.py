"""What the scopes of keys are called."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.access import Permission
from app.core.errors import N_

SCOPE_NAMES = {
    Permission.VIEW: N_("Read everything"),
    Permission.EDIT_LISTS: N_("Change people and their subscriptions"),
    Permission.WRITE: N_("Write mails"),
    Permission.SEND: N_("Send and cancel mails"),
}


def scope_name(scope: str) -> str:
    return str(_(SCOPE_NAMES[Permission(scope)]))
