"""What kinds of mail and states of a launch are called, and how each reads; sizes in words."""

from __future__ import annotations

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.compose.models import MailingKind
from app.core.errors import N_
from app.sending.terms import LaunchState

KIND_NAMES = {
    MailingKind.NEWSLETTER: N_("Newsletter"),
    MailingKind.NOTICE: N_("Notice"),
    MailingKind.ADVERTISING: N_("Advertising"),
    MailingKind.BREAKING: N_("Breaking news"),
}
KIND_HINTS = {
    MailingKind.NEWSLETTER: N_("Regular news for people who asked for it."),
    MailingKind.NOTICE: N_("Something your readers need to know."),
    MailingKind.ADVERTISING: N_("Offers and sales."),
    MailingKind.BREAKING: N_("Goes ahead of everything else that waits."),
}
STATES = {
    LaunchState.SCHEDULED: (N_("Scheduled"), "grey"),
    LaunchState.HELD: (N_("Held"), "amber"),
    LaunchState.LAUNCHING: (N_("Starting"), "blue"),
    LaunchState.RUNNING: (N_("Sending"), "blue"),
    LaunchState.PAUSED: (N_("Paused"), "amber"),
    LaunchState.CANCELLING: (N_("Stopping"), "amber"),
    LaunchState.CANCELLED: (N_("Cancelled"), "grey"),
    LaunchState.FINISHED: (N_("Sent"), "green"),
}

WANTED_WHEN = {
    "launch": N_("as soon as approved"),
    "breaking": N_("as soon as approved, ahead of everything else"),
    "series": N_("again and again, once approved"),
    "correction": N_("as soon as approved, to those who have not got it yet"),
}


def kind_name(kind: str) -> str:
    return str(_(KIND_NAMES[MailingKind(kind)]))


def kind_hints() -> dict[str, str]:
    return {kind.value: str(_(hint)) for kind, hint in KIND_HINTS.items()}


def state_badge(state: str) -> tuple[str, str]:
    """Return the name of a launch state and the tone of its badge."""
    name, tone = STATES[LaunchState(state)]
    return str(_(name)), tone


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it, as in ``310 KB`` or ``2.4 MB``."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024)):,} KB"
    return f"{format_decimal(size / 1024 / 1024, '#,##0.#')} MB"


def wanted_when(act: str) -> str:
    """Return when something that was asked for happens, where it has no time of its own."""
    return str(_(WANTED_WHEN.get(act, WANTED_WHEN["launch"])))
