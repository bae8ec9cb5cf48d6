"""What codes of the console mean, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from app.core.errors import N_
from app.operator.checks import Check
from app.operator.queries import Show, WorkspaceRow
from app.operator.terms import Health

SHOWN = {
    Show.ALL: N_("All"),
    Show.STOPPED: N_("Stopped"),
    Show.BOUNCING: N_("Many bounces"),
    Show.UNVERIFIED: N_("Not verified"),
}
HEALTH = {
    Health.GOOD: (N_("good"), "green"),
    Health.LOOK: (N_("look at it"), "amber"),
    Health.BAD: (N_("bad"), "red"),
    Health.UNKNOWN: (N_("not checked"), "grey"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A check in words: its part, how that is, what to do, and the badge."""

    name: str
    said: str
    advice: str
    badge: tuple[str, str]


def line(check: Check) -> Line:
    word, tone = HEALTH[check.health]
    advice = str(_(check.advice)) if check.advice else ""
    return Line(str(_(check.name)), str(_(check.said, **check.params)), advice, (str(_(word)), tone))


def state_badges(row: WorkspaceRow) -> list[tuple[str, str]]:
    """Return what is the matter with a workspace, worst first; one grey or green badge where nothing is."""
    found = []
    if row.state == "suspended":
        found.append((_("suspended"), "red"))
    elif row.stopped is not None:
        found.append((_("mail stopped"), "red"))
    if row.bounces_badly:
        found.append((_("many bounces"), "red"))
    if row.broken_domains:
        found.append((_("domain broken"), "amber"))
    if row.state == "unverified":
        found.append((_("not verified"), "grey"))
    return [(str(word), tone) for word, tone in found] or [(str(_("well")), "green")]
