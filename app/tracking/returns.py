"""Taking in what came back about mails of ours: whose it is, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from app.core import queue
from app.core.tenancy import tenant_scope
from app.core.tokens import BadToken, RecipientRef, read_recipient_token
from app.tracking import feedback
from app.tracking.feedback import Bounce, Complaint

log = structlog.get_logger(__name__)


def deliver(mail: bytes, recipients: Sequence[str] = ()) -> bool:
    """Hand a complaint or a late bounce to whom it concerns; say False for a mail that is neither, or about nobody.

    `recipients`: the addresses that it was sent to; that of a bounce holds the token of the mail that bounced. The work
    is done by jobs, which know what was told before.
    """
    found = feedback.read(mail)
    if found is None:
        return False
    ref = whose((*found.tokens, *feedback.tokens_in(recipients)))
    if ref is None:
        log.info("return_about_nobody", kind=type(found.said).__name__)
        return False
    with tenant_scope(ref.tenant_id):
        _hand_over(ref, found.said)
    return True


def whose(tokens: Iterable[str]) -> RecipientRef | None:
    """Return the recipient whom the first token that we signed stands for."""
    for token in tokens:
        try:
            return read_recipient_token(token)
        except BadToken:
            continue
    return None


def _hand_over(ref: RecipientRef, said: Complaint | Bounce) -> None:
    if isinstance(said, Complaint):
        queue.enqueue("tracking.take_complaint", ref.mailing_id, ref.seq, said.kind)
    else:
        reply: list[queue.JsonValue] = [said.code, said.enhanced, said.text]
        queue.enqueue("sending.bounce_late", ref.mailing_id, ref.seq, reply, said.address)
