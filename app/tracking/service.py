"""What recipients do: noted at the public door, recorded by ingest, and acted on when they leave."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from app.core.clock import now
from app.core.errors import NotFound
from app.core.tenancy import current_tenant_id
from app.core.tokens import BadToken, RecipientRef, read_recipient_token
from app.document import merge
from app.document.compile import preview
from app.document.compiled import RenderedMail
from app.lists import consent_letters
from app.lists import service as lists
from app.lists.preferences import note_departure
from app.lists.states import LeaveReason
from app.lists.tracking import anybody_untracked
from app.sending import queries as sending
from app.sending.conditions import met
from app.sending.plan import source_of
from app.sending.tracked import endpoints
from app.sending.waves import content_of
from app.tenants.queries import current_workspace
from app.tracking import conversions, network, outbox, readings, stream, tallies
from app.tracking.bursts import found_out
from app.tracking.classify import HONEYPOT, PERSON, Verdict, Visit, classify
from app.tracking.queries import Recipient, link_target, merge_values, recipient, remembered_target
from app.tracking.stream import TrackEvent
from app.tracking.terms import EventKind

USER_AGENT_LENGTH = 300
ONE_CLICK = "one_click"
LINK = "link"
ACTS_OF_LEAVING = (EventKind.UNSUBSCRIBE, EventKind.RETURN)
WEB = ("http://", "https://")
COUNTED = (EventKind.OPEN, EventKind.VIEW, EventKind.CLICK, EventKind.READ)

log = structlog.get_logger(__name__)


def ref_of(token: str) -> RecipientRef:
    """Return whom a token stands for.

    Raises:
        BadToken: forged, altered, or of another workspace.
    """
    return ref_in(token, current_tenant_id())


def ref_in(token: str, tenant_id: int | None) -> RecipientRef:
    """Return whom the token stands for in one workspace; raises as `ref_of` does."""
    ref = read_recipient_token(token)
    if ref.tenant_id != tenant_id:
        raise BadToken
    return ref


def note(ref: RecipientRef, kind: EventKind, visit: Visit, *, link: int = 0) -> None:
    """Put what happened on the stream; a reader is never kept waiting or turned away because Redis is."""
    _put(_event(ref, kind, visit, classify(visit), link=link))


def note_soon(ref: RecipientRef, kind: EventKind, visit: Visit, *, link: int = 0) -> None:
    """Note what happened as `note` does, in a moment, with what else happens then: for what comes in crowds."""
    outbox.put(_event(ref, kind, visit, classify(visit), link=link))


def note_trapped(ref: RecipientRef, visit: Visit) -> None:
    """Note that the link was followed which no person sees; ingest takes this recipient's clicks around it back."""
    _put(_event(ref, EventKind.TRAP, visit, Verdict(human=False, reason=HONEYPOT)))


def _put(event: TrackEvent) -> None:
    try:
        stream.put(event)
    except RedisError as error:
        log.error("track_event_lost", mailing=event.mailing_id, kind=event.kind, error=type(error).__name__)


def known_target(ref: RecipientRef, number: int) -> str | None:
    """Return where a link leads for everybody, if this process has been asked before; it asks no database."""
    url = remembered_target(ref.tenant_id, ref.mailing_id, number)
    return url if url and "{{" not in url and url.lower().startswith(WEB) else None


def click_target(ref: RecipientRef, number: int) -> str:
    """Return where a link leads for this recipient. The address comes from our database, filled with their values.

    Raises:
        NotFound: there is no such link, or what it was filled with makes it no web address.
    """
    url = link_target(ref.tenant_id, ref.mailing_id, number)
    if "{{" in url:
        url = merge.render(url, merge_values(recipient(ref)), "url", locale=current_workspace().locale)
    if not url.lower().startswith(WEB):
        raise NotFound
    return url


def view(ref: RecipientRef, token: str, visit: Visit) -> RenderedMail:
    """Return the mail as this recipient got it, and note that it was looked at where that is counted."""
    mail = mail_of(ref, token)
    launch = sending.launch(ref.mailing_id)
    if launch is not None and launch.track_opens:
        note(ref, EventKind.VIEW, visit)
    return mail


def mail_of(ref: RecipientRef, token: str) -> RenderedMail:
    """Return the mail as this recipient got it."""
    launch = sending.launch(ref.mailing_id)
    if launch is None:
        raise NotFound
    place, content, person = current_workspace(), content_of(ref.mailing_id, ref.seq), recipient(ref)
    source, values = source_of(launch, place, content), merge_values(person)
    if consent_letters.TAG in source.html:
        told = consent_letters.facts(ref.mailing_id, [person.contact_id])
        values |= {consent_letters.TAG: told.get(person.contact_id, "")}
    matched = met((content or launch).conditions, [person.contact_id])[person.contact_id]
    first_link = content.first_link if content else 1
    return preview(source, values, endpoints(launch, place.url), token=token, matched=matched, first_link=first_link)


def unsubscribe(person: Recipient, how: str, visit: Visit) -> None:
    """Take the person off the lists this mailing went to, now, and leave an event in the same transaction."""
    if lists.unsubscribe_contact(person.contact_id, person.list_ids, source=how):
        record_act(person, EventKind.UNSUBSCRIBE, how, visit)


def note_reason(person: Recipient, reason: str, note: str) -> None:
    """Keep why somebody left, if they chose one of the reasons."""
    if reason in list(LeaveReason):
        note_departure(person.contact_id, LeaveReason(reason), note=note.strip(), mailing_id=person.ref.mailing_id)


def take_back(person: Recipient, visit: Visit) -> None:
    """Undo an unsubscribe made by mistake."""
    if lists.take_back_unsubscribe(person.contact_id, person.list_ids):
        record_act(person, EventKind.RETURN, LINK, visit)


def record_events(events: Sequence[TrackEvent]) -> int:
    """Write events of the present tenant and all counts that depend on them; return how many were new.

    Runs within the caller's transaction. An event recorded before, by its key, changes nothing, nor does an open or a
    click that came after its mailing's counting had ended.
    """
    events = readings.wanted(_of_the_tracked(_in_time(events)))
    acts = [event for event in events if not event.detail]
    orders = [event for event in events if event.detail]
    if not events:
        return 0
    rows = tallies.written(acts)
    tallies.lock(events[0].tenant_id)
    added = tallies.insert(rows) if acts else 0
    if added:
        readings.count(acts)
        _set_right(acts)
    return added + _record_orders(orders)


def _record_orders(orders: Sequence[TrackEvent]) -> int:
    """After the clicks, since they are credited to the last of them."""
    credited = conversions.record(orders)
    return tallies.insert(tallies.written(credited)) if credited else 0


def _in_time(events: Sequence[TrackEvent]) -> Sequence[TrackEvent]:
    ends = sending.ends_of_tracking({each.mailing_id for each in events})
    if not ends:
        return events
    last = {mailing_id: end.timestamp() for mailing_id, end in ends.items()}
    return [e for e in events if e.kind not in COUNTED or e.at <= last.get(e.mailing_id, e.at)]


def _of_the_tracked(events: Sequence[TrackEvent]) -> Sequence[TrackEvent]:
    """Drop what people did who want nothing of it recorded; that they left is recorded."""
    if not anybody_untracked():
        return events
    nobodies = tallies.untracked({(e.mailing_id, e.seq) for e in events})
    return [e for e in events if e.kind in ACTS_OF_LEAVING or (e.mailing_id, e.seq) not in nobodies]


def _set_right(events: Sequence[TrackEvent]) -> None:
    clicks = {
        (e.mailing_id, e.seq) for e in events if e.kind == EventKind.TRAP or (e.kind == EventKind.CLICK and e.human)
    }
    exposed = _expose_machines(clicks)
    moved = {(e.mailing_id, e.seq) for e in events if e.kind in ACTS_OF_LEAVING}
    if exposed or moved:
        tallies.recount(exposed | moved)


def _expose_machines(clickers: set[tuple[int, int]]) -> set[tuple[int, int]]:
    if not clickers:
        return set()
    found = found_out(tallies.clicks_of(clickers))
    for reason, clicks in found.items():
        tallies.expose([click.key for click in clicks], reason)
    return {(click.mailing_id, click.seq) for clicks in found.values() for click in clicks}


def record_act(person: Recipient, kind: EventKind, how: str, visit: Visit) -> int:
    """Write down something that a person certainly did; return whether it is recorded, as 1 or 0."""
    verdict = Verdict(PERSON.human, how)
    return record_events([_event(person.ref, kind, visit, verdict)])


def _event(ref: RecipientRef, kind: EventKind, visit: Visit, verdict: Verdict, *, link: int = 0) -> TrackEvent:
    at = now().timestamp()
    return TrackEvent(
        tenant_id=ref.tenant_id,
        mailing_id=ref.mailing_id,
        seq=ref.seq,
        kind=kind.value,
        at=at,
        key=stream.new_key(at),
        link=link,
        human=verdict.human,
        reason=verdict.reason,
        user_agent=visit.user_agent.replace("\x00", "")[:USER_AGENT_LENGTH],
        network=network.cut(visit.address),
        language=network.language(visit.language),
    )
