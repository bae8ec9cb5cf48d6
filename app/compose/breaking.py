"""Breaking news: from two fields to everybody in one step, while what else goes to the same people stands aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.compose import headlines, queries, service
from app.compose.checklist import checklist
from app.compose.content import Content, of_blocks, of_html, own_foot, starting_from
from app.compose.headlines import News
from app.compose.models import Mailing, MailingKind
from app.compose.service import Envelope
from app.core.errors import N_, Invalid, NotFound
from app.lists import queries as lists
from app.lists.recipients import Audience
from app.sending import holding
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.states import NotInThatState
from app.tenants.queries import current_workspace

STARTER = "starter:breaking"


class InTheWay(Invalid):
    message = N_("Nothing was sent yet. %(reasons)s")


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The two fields of the page, what they are put into, and for whom."""

    start: str
    headline: str
    more: str
    list_ids: list[int]
    segment_ids: list[int]

    @property
    def audience(self) -> Audience:
        return Audience(lists=tuple(self.list_ids), segments=tuple(self.segment_ids))


@dataclass(frozen=True, slots=True)
class Aside:
    """Who makes way: mailings to be held, and mailings to be cancelled for good."""

    hold: Sequence[int] = ()
    cancel: Sequence[int] = ()


def usual_audience() -> Audience:
    """Whom breaking news goes to when nobody says otherwise: as the last time, else the list used most."""
    last = sending.last_launch(MailingKind.BREAKING)
    if last is not None:
        before = sending.audience_of(last)
        return Audience(lists=before.lists, segments=before.segments)
    offered = sorted(lists.lists(), key=lambda each: -each.subscribed)
    used = sending.list_used_most()
    known = [each.id for each in offered]
    chosen = used if used in known else next(iter(known), None)
    return Audience.of_lists([chosen] if chosen is not None else [])


def write(bulletin: Bulletin, *, author_id: int) -> Mailing:
    """Make the draft: a template with the news in it, from whom the last breaking news was or the workspace."""
    workspace = current_workspace()
    news = headlines.news_of(bulletin.headline, bulletin.more, workspace.locale)
    last = sending.last_launch(MailingKind.BREAKING)
    envelope = Envelope(
        subject=news.headline,
        kind=MailingKind.BREAKING,
        sender_name=last.sender_name if last else workspace.sender_name or workspace.name,
        sender_address=last.sender_address if last else workspace.sender_address,
        reply_to=last.reply_to if last else "",
    )
    content = _content(bulletin.start, news)
    return service.create_mailing(envelope, bulletin.audience, content=content, author_id=author_id)


def _content(start: str, news: News) -> Content:
    ready = starting_from(start, news.locale)
    if ready.document is None:
        return of_html(headlines.in_html(ready.html, news), subject=news.headline)
    document = ready.document
    if start.startswith("starter:"):
        document = headlines.bare(document, [own_foot(news.locale)])
    return of_blocks(headlines.in_blocks(document, news), subject=news.headline)


def see_that_free(mailing: Mailing, *, now: datetime) -> None:
    """Go on only where no check is in the way: its page has no list of them.

    Raises:
        InTheWay: one is; nothing is held then either.
    """
    reasons = [check.text for check in checklist(mailing, service.facts_of(mailing, now=now)) if check.blocks]
    if reasons:
        raise InTheWay(reasons=" ".join(reasons))


def make_way(who: Audience, aside: Aside, now: datetime) -> list[str]:
    """Hold or cancel what goes to the same people; return the subjects of those that had moved on already."""
    missed = []
    for rival in holding.rivals(who, now):
        try:
            if rival.mailing_id in aside.cancel:
                sending_service.cancel(rival.mailing_id)
            elif rival.mailing_id in aside.hold:
                holding.hold(rival.mailing_id)
        except NotInThatState:
            missed.append(rival.subject)
    return missed


@dataclass(frozen=True, slots=True)
class Clock:
    """How long after the click something happened, or None where it has not: seconds of each, and of now."""

    elapsed: timedelta
    first: timedelta | None
    half: timedelta | None
    last: timedelta | None


def clock_of(mailing_id: int, now: datetime) -> Clock:
    """Return the moments of a launch counted from the click; `last` is known when nobody is left.

    Raises:
        NotFound: it was not handed over.
    """
    launch = sending.launch(mailing_id)
    if launch is None:
        raise NotFound
    begun = launch.requested_at

    def since(moment: datetime | None) -> timedelta | None:
        return max(moment - begun, timedelta()) if moment else None

    over = launch.finished_at is not None
    end = (launch.last_accepted_at or launch.finished_at) if over else now
    last = launch.last_accepted_at if over else None
    return Clock(since(end) or timedelta(), since(launch.first_accepted_at), since(launch.half_at), since(last))


def is_breaking(mailing_id: int) -> bool:
    return queries.mailing(mailing_id).kind == MailingKind.BREAKING
