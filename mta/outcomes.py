"""From a server's answer to an outcome. Pure: time comes in as an argument."""

from __future__ import annotations

from mta.classify import Classifier
from mta.contract import MAX_TEXT, Outcome, Status
from mta.ports import Reply
from mta.work import Delivery


def verdict(reply: Reply) -> Status:
    """Return what an answer means: 2xx accepted, 5xx never, anything else (4xx, none at all) later."""
    if 200 <= reply.code < 300:
        return Status.ACCEPTED
    return Status.BOUNCED if reply.code >= 500 or reply.final else Status.DEFERRED


def outcome_of(delivery: Delivery, status: Status, reply: Reply, now: float, rules: Classifier) -> Outcome:
    """Return the outcome of an attempt, or of what ended a recipient without one."""
    refused = status in (Status.BOUNCED, Status.DEFERRED) or (status is Status.EXPIRED and bool(delivery.attempt))
    rule = rules.classify(reply.code, reply.enhanced, reply.text) if refused else None
    return Outcome(
        seq=delivery.recipient.seq,
        status=status,
        at=now,
        attempt=delivery.attempt if status is Status.CANCELLED else delivery.attempt + 1,
        code=reply.code,
        enhanced=reply.enhanced,
        text=reply.text[:MAX_TEXT],
        host=reply.host,
        bounce=rule.bounce.value if rule else "",
        tls=reply.tls,
        hard=status is Status.BOUNCED and rule is not None and rule.hard,
    )
