"""Corrections: other words for those who have not got a running mail yet, written as a draft of its own."""

from __future__ import annotations

from datetime import datetime

from app.compose import queries, service
from app.compose.checklist import Step, checklist
from app.compose.content import words_of
from app.compose.models import Mailing
from app.core.db import db
from app.core.errors import N_, Conflict, NotFound
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.terms import LaunchState

MOVING = (LaunchState.RUNNING, LaunchState.PAUSED)


class NobodyLeft(Conflict):
    message = N_("Everybody has got the mail by now, so there is nobody left to get the new text. Your copy is kept.")


def begin(mailing_id: int, *, author_id: int) -> int:
    """Let a mail rest and return the draft in which the rest of it is rewritten.

    Raises:
        NotInThatState: it neither runs nor rests.
    """
    launch = sending.launch(mailing_id)
    if launch is None:
        raise NotFound
    if launch.state != LaunchState.PAUSED:
        sending_service.pause(mailing_id)
    copy = service.duplicate_mailing(queries.mailing(mailing_id), author_id=author_id)
    copy.subject, copy.replaces_id = launch.subject, mailing_id
    db.session.flush()
    return copy.id


def left(draft: Mailing) -> int | None:
    """How many people would get a correction; None where the draft corrects nothing that still goes on."""
    launch = sending.launch(draft.replaces_id) if draft.replaces_id else None
    if launch is None or launch.state not in MOVING:
        return None
    return launch.total - launch.fed_through


def see_that_possible(draft: Mailing, *, now: datetime) -> int:
    """Return how many people would get a correction that may go.

    Raises:
        NobodyLeft: the mail is over, or everybody was handed over.
        NotReady: a check says that something is missing in the new words.
    """
    people = left(draft)
    if not people:
        raise NobodyLeft
    checks = checklist(draft, service.facts_of(draft, now=now))
    # Whom it goes to and what it uses of the month was settled when the mail began.
    if any(check.blocks and check.step not in (Step.AUDIENCE, Step.USAGE) for check in checks):
        raise service.NotReady
    return people


def finish(draft: Mailing, *, author_id: int) -> tuple[int, int]:
    """Give the rest of the corrected mail the draft's words and go on; return the mail and how many get them.

    Raises:
        NobodyLeft: the mail is over, or everybody was handed over.
    """
    if not left(draft) or draft.replaces_id is None:
        raise NobodyLeft
    corrected_id = draft.replaces_id
    people = sending_service.change_the_rest(corrected_id, words_of(draft, draft.subject), author_id)
    launch = sending.launch(corrected_id)
    if launch is not None and launch.state == LaunchState.PAUSED:
        sending_service.resume(corrected_id)
    service.delete_mailing(draft)
    return corrected_id, people
