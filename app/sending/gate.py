"""What must be so before a mailing begins and while it goes: paid, not braked, nothing odd in it, not too much a day.

`app.conduct` says what; here it is asked about a launch.
"""

from __future__ import annotations

from app.conduct import queries as conduct
from app.conduct import service as conduct_service
from app.conduct.checks import Letter
from app.conduct.rules import rules
from app.core import clock
from app.core.errors import N_, Invalid
from app.domains.service import shared_address
from app.sending import queries
from app.sending.ledger import Moves
from app.sending.models import Content, Launch
from app.sending.orders import Variant
from app.sending.terms import BounceClass, DeliveryState, HeldReason
from app.tenants.queries import current_workspace


class Odd(Invalid):
    message = N_("%(found)s Nothing was changed; whoever has not got the mail yet waits.")


HARD = (BounceClass.USER_UNKNOWN, BounceClass.HOST_UNKNOWN)


def obstacle(launch: Launch) -> HeldReason | None:
    """Return why a launch may not begin; None where it may."""
    if current_workspace().read_only:
        return HeldReason.PAYMENT
    if conduct.is_braked():
        return HeldReason.BRAKE
    if findings(launch, launch) or any(findings(launch, other) for other in queries.contents(launch.mailing_id)):
        return HeldReason.CONTENT
    return None


def findings(launch: Launch, words: Launch | Content | Variant) -> list[str]:
    """Return what speaks against words of a launch, as sentences: its own, a variant's, those that take their place."""
    return conduct.findings(Letter(words.subject, words.html, launch.sender_address))


def see_that_honest(launch: Launch, words: Variant) -> None:
    """Let words pass that nothing speaks against.

    Raises:
        Odd: something does.
    """
    found = findings(launch, words)
    if found:
        raise Odd(found=" ".join(found))


def slice_size(launch: Launch, usual: int) -> int:
    """Return how many are handed over at once: few, where only so many may go today."""
    limit = conduct.allowed_today(clock.now(), from_our_domain=_from_our_domain(launch))
    return usual if limit is None else min(usual, rules().step)


def room(launch: Launch) -> int | None:
    """Return how many more of a launch may go today; None for any number."""
    return conduct.room(clock.now(), from_our_domain=_from_our_domain(launch))


def take(launch: Launch, count: int) -> bool:
    """Count them as handed over today; False where they are too many by now."""
    return conduct_service.take(count, clock.now(), from_our_domain=_from_our_domain(launch))


def _from_our_domain(launch: Launch) -> bool:
    return launch.sender_address == shared_address(current_workspace())


def note(moves: Moves) -> bool:
    """Count what was answered; say whether the workspace is braked because of it."""
    hard = sum(one.count for one in moves.groups if one.state == DeliveryState.BOUNCED and one.bounce in HARD)
    return conduct_service.note(clock.now(), accepted=moves.accepted, hard_bounces=hard)
