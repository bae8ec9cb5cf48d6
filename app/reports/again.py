"""What a report leads to: its people kept as a segment, and a draft for those whom a mailing missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.compose import queries as mailings
from app.compose import service as compose
from app.core.errors import N_, Invalid
from app.lists.segments import saved
from app.lists.segments.rules import Rule
from app.lists.states import FieldKind
from app.reports import parts, words
from app.reports.parts import Part
from app.reports.people import Group, Wanted
from app.reports.queries import Report
from app.sending import queries as sending

TITLE = 120
# Group → what is asked, by segments' words; True where it is asked of them that they did not.
_ASKED: dict[Group, tuple[tuple[str, bool], ...]] = {
    Group.ALL: (("meant", False),),
    Group.DELIVERED: (("sent", False),),
    Group.OPENED: (("opened", False),),
    Group.CLICKED: (("clicked", False),),
    Group.UNOPENED: (("sent", False), ("opened", True)),
    Group.UNREACHED: (("unreached", False),),
    Group.UNSUBSCRIBED: (("left", False),),
    Group.CANCELLED: (("meant", False), ("sent", True), ("unreached", True)),
}
# Whom a mailing missed: it did not get through, was stopped before it was their turn, or was not opened.
MISSED = (Group.UNOPENED, Group.UNREACHED, Group.CANCELLED)


class NotKept(Invalid):
    message = N_("These people cannot be described by a segment. Nothing was saved.")


def can_keep(report: Report, wanted: Wanted) -> bool:
    """Tell whether a segment can describe these people. Who still waits will be somebody else in a minute."""
    unsayable = wanted.contact_id or wanted.used or wanted.part.segment_id
    if report.waits or unsayable or wanted.group not in _ASKED:
        return False
    if wanted.bounce and (wanted.part or wanted.group is not Group.UNREACHED):
        return False
    return report.over or wanted.group is not Group.CANCELLED


def can_repeat(report: Report, wanted: Wanted) -> bool:
    """Tell whether these people were missed, and can be written to again."""
    return report.over and wanted.group in MISSED and can_keep(report, wanted)


def keep(report: Report, wanted: Wanted) -> saved.Segment:
    """Save these people as a segment: a rule, so that it stays right when more of them open or leave.

    Raises:
        NotKept: no rule says who they are.
    """
    if not can_keep(report, wanted):
        raise NotKept
    return saved.create(_rule(report, wanted, ()), folder=_("From reports"))


def repeat(report: Report, wanted: Wanted, *, author_id: int) -> int:
    """Make a draft of the mailing for those whom it missed, kept as a segment; those who got it unopened get another
    subject, which is left for its author to write. Returns the draft's number.

    Raises:
        NotKept: these were not missed, or no rule says who they are.
    """
    if not can_repeat(report, wanted):
        raise NotKept
    segment = saved.create(_rule(report, wanted, _lists_of(report)), folder=_("From reports"))
    draft = compose.duplicate_mailing(mailings.mailing(report.mailing_id), author_id=author_id)
    subject = "" if wanted.group is Group.UNOPENED else report.subject
    compose.aim(draft, subject=subject, segment_id=segment.id)
    return draft.id


def _rule(report: Report, wanted: Wanted, lists: Sequence[int]) -> Rule:
    title = f"{words.group(wanted.group)}: {report.subject}"
    if wanted.part:
        title = f"{title} ({parts.title(wanted.part, report.mailing_id)})"
    if wanted.bounce:
        return Rule(title[:TITLE], sql=_bounced(report.mailing_id, wanted.bounce, lists))
    mailing = [str(report.mailing_id)]
    conditions = [_leaf(what, "not_mailing" if turned else "mailing", mailing) for what, turned in _ASKED[wanted.group]]
    if wanted.link:
        conditions.append(_leaf("link", "any_of", [f"{report.mailing_id}:{wanted.link}"]))
    if lists:
        conditions.append(_leaf("list", "subscribed", [str(each) for each in lists]))
    return Rule(title[:TITLE], {"of": {"all": [*conditions, *_of_part(wanted.part, report.mailing_id)]}})


def _leaf(what: str, op: str, value: list[Any]) -> dict[str, Any]:
    return {"what": what, "is": op, "value": value}


def _bounced(mailing_id: int, bounce: str, lists: Sequence[int]) -> str:
    """Conditions by click know no bounce of one mailing; in SQL it can be said."""
    if bounce not in words.BOUNCES:
        raise NotKept
    person = "EXISTS (SELECT 1 FROM {view} AS v WHERE v.contact_id = contact.id AND {rest})"
    bounced = f"v.mailing_id = {mailing_id} AND v.state = 'bounced' AND v.bounce = '{bounce}'"
    subscribed = f"v.state = 'subscribed' AND v.list_id IN ({', '.join(map(str, lists))})"
    asked = [("delivery_summary", bounced), *([("subscription", subscribed)] if lists else [])]
    return " AND ".join(person.format(view=view, rest=rest) for view, rest in asked)


def _of_part(part: Part, mailing_id: int) -> list[dict[str, Any]]:
    if part.list_id:
        return [_leaf("list", "listed", [str(part.list_id)])]
    if not part.field:
        return []
    kind, what = FieldKind(parts.known_field(part.field).kind), f"field:{part.field}"
    if not part.value:
        return [_leaf(what, "empty", [])]
    if kind is FieldKind.NUMBER:
        low, high = parts.bounds(part.value)
        return [_leaf(what, "ge", [low]), _leaf(what, "lt", [high])]
    if kind is FieldKind.DATE:
        first, last = parts.born_between(part.value, parts.began_on(mailing_id))
        return [_leaf(what, "from_to", [first.isoformat(), last.isoformat()])]
    ops: dict[FieldKind, tuple[str, list[Any]]] = {
        FieldKind.BIRTHDAY: ("in_month", [part.value]),
        FieldKind.YES_NO: ("yes" if part.value == "true" else "no", []),
        FieldKind.CHOICE: ("any_of", [part.value]),
        FieldKind.CHOICES: ("has_any", [part.value]),
    }
    return [_leaf(what, *ops.get(kind, ("is", [part.value])))]


def _lists_of(report: Report) -> Sequence[int]:
    """A mailing to lists alone goes again only to who is still on one of those, not to who is left on another."""
    launch = sending.launch(report.mailing_id)
    audience = sending.audience_of(launch) if launch else None
    return audience.lists if audience and not audience.segments else ()
