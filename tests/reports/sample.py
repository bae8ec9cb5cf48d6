"""A mailing with a known fate, made through the services that make real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.core import clock
from app.lists import service as lists_service
from app.reports import service as reports
from app.sending import service as sending
from app.sending import states
from app.sending.ledger import Answer
from app.sending.terms import DeliveryState, LaunchState
from app.tracking.service import record_events
from app.tracking.stream import TrackEvent, new_key
from tests.support.mailings import make_list, people, schedule
from tests.support.workspaces import Place

HTML = (
    '<p>Hello {{name|reader}}, <a href="https://example.com/story">the story</a> and '
    '<a href="https://example.com/more">more</a>.</p>'
)
BOUNCES = ("user_unknown", "mailbox_full", "host_unknown")


@dataclass(frozen=True)
class Fate:
    """How many of the first recipients were accepted, and how many after them bounced; the rest waits."""

    total: int = 12
    accepted: int = 9
    bounced: int = 3
    opened: int = 5
    clicked: int = 2


def begin(place: Place, fate: Fate, *, report_to: Sequence[str] = (), code: str = "daily") -> int:
    """Schedule and launch a mailing, as the scheduler and the worker would."""
    list_id = make_list(place, people(fate.total, f"{code}.example.com"), code=code)
    mailing_id = schedule(place, [list_id], html=HTML, report_to=report_to)
    with place.inside():
        states.must_move(mailing_id, LaunchState.LAUNCHING, started_at=clock.now())
        sending.launch_mailing(mailing_id)
    return mailing_id


def answer(place: Place, mailing_id: int, fate: Fate) -> None:
    """Let the MTA's answers come in."""
    now = clock.now()
    answers = [Answer(seq, DeliveryState.ACCEPTED, now, code=250) for seq in range(1, fate.accepted + 1)]
    answers += [
        Answer(seq, DeliveryState.BOUNCED, now, code=550, bounce=BOUNCES[seq % 3], reply=f"5.1.1 no {seq}")
        for seq in range(fate.accepted + 1, fate.accepted + fate.bounced + 1)
    ]
    with place.inside():
        moves = sending.record_answers(mailing_id, answers)
        reports.count_day(now.astimezone(ZoneInfo(place.workspace.timezone)).date(), moves.accepted, moves.bounced)


def react(place: Place, mailing_id: int, fate: Fate) -> None:
    """Let the first of them open, and the first of those click."""
    at = (datetime.now(UTC) + timedelta(minutes=3)).timestamp()
    events = [event(place, mailing_id, seq, "open", at + seq) for seq in range(1, fate.opened + 1)]
    events += [event(place, mailing_id, seq, "click", at + 60 + seq, link=1) for seq in range(1, fate.clicked + 1)]
    events.append(event(place, mailing_id, fate.opened + 1, "open", at, human=False, reason="apple_privacy"))
    with place.inside():
        record_events(events)


def event(place: Place, mailing_id: int, seq: int, kind: str, at: float, **values: object) -> TrackEvent:
    return TrackEvent(
        tenant_id=place.id,
        mailing_id=mailing_id,
        seq=seq,
        kind=kind,
        at=at,
        key=new_key(at),
        **values,  # type: ignore[arg-type]
    )


def mailing(place: Place, fate: Fate = Fate(), *, report_to: Sequence[str] = (), code: str = "daily") -> int:
    """A mailing from beginning to end."""
    mailing_id = begin(place, fate, report_to=report_to, code=code)
    answer(place, mailing_id, fate)
    react(place, mailing_id, fate)
    return mailing_id


def leave(place: Place, contact_id: int, list_id: int) -> None:
    with place.inside():
        lists_service.unsubscribe_contact(contact_id, [list_id], source="link")
