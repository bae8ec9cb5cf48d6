"""Words for conditions: what can be asked, how, and what is wrong with an answer."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import N_
from app.lists.segments.terms import Join, Op

PERSON, LISTS, MAILS, FIELDS = N_("Person"), N_("Lists and consent"), N_("Mails"), N_("Fields")

# Target → (group, title).
TARGETS: dict[str, tuple[str, str]] = {
    "address": (PERSON, N_("E-mail address")),
    "domain": (PERSON, N_("Domain of the address")),
    "name": (PERSON, N_("Name")),
    "known_since": (PERSON, N_("Known since")),
    "import": (PERSON, N_("Import that brought them in")),
    "list": (LISTS, N_("List")),
    "consent_source": (LISTS, N_("Where the consent came from")),
    "consent_date": (LISTS, N_("Day of the consent")),
    "meant": (MAILS, N_("Mail meant for them")),
    "sent": (MAILS, N_("Mail received")),
    "unreached": (MAILS, N_("Mail that could not reach them")),
    "opened": (MAILS, N_("Mail opened")),
    "clicked": (MAILS, N_("Mail clicked")),
    "left": (MAILS, N_("Mail by which they left")),
    "link": (MAILS, N_("Link clicked")),
    "bounced": (MAILS, N_("Bounce")),
}
JOINS = {
    Join.ALL: N_("All of these are true"),
    Join.ANY: N_("At least one of these is true"),
    Join.NONE: N_("None of these is true"),
}
OPS = {
    Op.IS: N_("is"),
    Op.IS_NOT: N_("is not"),
    Op.ONE_OF: N_("is one of (commas between)"),
    Op.CONTAINS: N_("contains"),
    Op.CONTAINS_NOT: N_("does not contain"),
    Op.STARTS: N_("begins with"),
    Op.ENDS: N_("ends with"),
    Op.EMPTY: N_("is empty"),
    Op.FILLED: N_("is filled in"),
    Op.EQ: N_("equals"),
    Op.NE: N_("does not equal"),
    Op.LT: N_("is less than"),
    Op.LE: N_("is at most"),
    Op.GT: N_("is more than"),
    Op.GE: N_("is at least"),
    Op.BETWEEN: N_("is from … to …"),
    Op.ON: N_("is on the day"),
    Op.BEFORE: N_("is before the day"),
    Op.AFTER: N_("is after the day"),
    Op.FROM_TO: N_("is from day … to day …"),
    Op.LAST_DAYS: N_("within the last … days"),
    Op.NOT_LAST_DAYS: N_("not within the last … days"),
    Op.NEXT_DAYS: N_("within the next … days"),
    Op.ANNIVERSARY: N_("comes round within the next … days"),
    Op.ON_DAY: N_("is on (MM-DD)"),
    Op.IN_MONTH: N_("is in the month"),
    Op.YES: N_("is yes"),
    Op.NO: N_("is no"),
    Op.ANY_OF: N_("is one of"),
    Op.NONE_OF: N_("is none of"),
    Op.HAS_ANY: N_("has one of"),
    Op.HAS_ALL: N_("has all of"),
    Op.HAS_NONE: N_("has none of"),
    Op.SUBSCRIBED: N_("is subscribed to"),
    Op.NOT_SUBSCRIBED: N_("is not subscribed to"),
    Op.UNCONFIRMED: N_("has not confirmed"),
    Op.UNSUBSCRIBED: N_("has left"),
    Op.BOUNCED: N_("bounced on"),
    Op.COMPLAINED: N_("complained about"),
    Op.LISTED: N_("is or was on"),
    Op.NOT_LISTED: N_("was never on"),
    Op.EVER: N_("ever"),
    Op.NEVER: N_("never"),
    Op.MAILING: N_("one of these mails"),
    Op.NOT_MAILING: N_("none of these mails"),
    Op.SOME_OF_LAST: N_("at least one of the last … mails"),
    Op.NONE_OF_LAST: N_("none of the last … mails"),
}
FAULTS = {
    "no_value": N_("Say what to compare with."),
    "too_long": N_("This is too long."),
    "no_number": N_("This is not a number."),
    "no_count": N_("Enter a whole number."),
    "no_percent": N_("Enter a share between 0 and 100."),
    "no_day": N_("This is not a date. Write it like 2026-11-23."),
    "turned_round": N_("The first is after the second."),
    "no_option": N_("Choose one of the list."),
    "too_many": N_("These are too many conditions."),
    "too_deep": N_("Groups can be six deep."),
    "empty_group": N_("The group is empty. Add a condition or remove it."),
    "unknown_target": N_("This can no longer be asked. Choose something else."),
    "unknown_operator": N_("Choose how to compare."),
}
UNREADABLE = N_("This condition cannot be read.")
BOUNCES = {
    "user_unknown": N_("The address does not exist"),
    "host_unknown": N_("The domain does not exist"),
    "mailbox_full": N_("The mailbox is full"),
    "refused": N_("The server refused it"),
    "other": N_("Other reasons"),
}


def op_name(op: str) -> str:
    return str(_(OPS[Op(op)]))


def join_name(join: str) -> str:
    return str(_(JOINS[Join(join)]))


def fault_text(code: str) -> str:
    return str(_(FAULTS.get(code, UNREADABLE)))
