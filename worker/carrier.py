"""From our words to the MTA's: a launch's plan and its ledger rows as the contract's plan and batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from redis.exceptions import ResponseError

from app.core.notices import Notice, unpacked
from app.core.redis import redis
from app.core.site import settings
from app.document.compiled import Segments as OurSegments
from app.document.compiled import SlotRef
from app.domains.queries import SigningIdentity
from app.media.store import store
from app.sending.plan import Addressee, MailPlan
from app.sending.terms import DeliveryState
from app.sending.waves import Slice
from mta.client import Client
from mta.contract import Attachment, Batch, Lane, Mailbox, Plan, Recipient, Segments, SigningKey, Slot, Status
from mta.scripts import OUTCOMES
from mta.sealing import seal

NOTICE = "notice"
STATES = {
    Status.DEFERRED: DeliveryState.DEFERRED,
    Status.ACCEPTED: DeliveryState.ACCEPTED,
    Status.BOUNCED: DeliveryState.BOUNCED,
    Status.CANCELLED: DeliveryState.CANCELLED,
    Status.EXPIRED: DeliveryState.EXPIRED,
}


def client() -> Client:
    return Client(redis())


def newest_outcome() -> bytes:
    """Return the id of the last outcome that the MTA has said, whether it is stored by now or not."""
    try:
        info: Any = redis().xinfo_stream(OUTCOMES)
    except ResponseError:  # nothing was ever said
        return b"0-0"
    newest: bytes = info["last-generated-id"]
    return newest


def is_stored(outcome: bytes) -> bool:
    """Tell whether ingest has stored everything up to this outcome: what is stored leaves the stream."""
    oldest: Any = redis().xrange(OUTCOMES, count=1)
    return not oldest or _order(oldest[0][0]) > _order(outcome)


def _order(entry_id: bytes) -> tuple[int, int]:
    time, _, number = entry_id.partition(b"-")
    return int(time), int(number)


def plan_of(plan: MailPlan) -> Plan:
    return Plan(
        id=plan.id,
        tenant=plan.tenant_id,
        mailing=str(plan.mailing_id),
        lane=Lane(plan.lane),
        headers=[
            ("From", Mailbox(plan.sender_name, plan.sender_address)),
            *((name, _segments(parts)) for name, parts in plan.headers),
        ],
        return_path=_segments(plan.return_path),
        html=_segments(plan.mail.html),
        text=_segments(plan.mail.text),
        attachments=[
            Attachment(name=file.name, content_type=file.content_type, digest=file.digest) for file in plan.attachments
        ],
        signing=sealed_keys(plan.signing),
    )


class FileGone(Exception):
    """A file that a mail is to carry is not in the store: the mail does not go without it. Trying again may help."""


def put(mta: Client, plan: Plan, files: Mapping[str, str]) -> None:
    """Hand over a plan; `files` are the names in the store of contents that it only names, by digest.

    Raises:
        FileGone: one is not there.
    """
    for each in plan.attachments:
        if each.digest and not mta.has_file(plan.tenant, each.digest):
            content = store().get(files[each.digest])
            if content is None:
                raise FileGone(files[each.digest])
            mta.put_file(plan.tenant, each.digest, content)
    mta.put_plan(plan)


def sealed_keys(identities: Sequence[SigningIdentity]) -> list[SigningKey]:
    """Private keys as they may travel: only the MTA's signer opens them."""
    return [
        SigningKey(
            domain=identity.domain,
            selector=identity.selector,
            algorithm=identity.algorithm,
            sealed=_sealed(identity, settings().key_secret),
        )
        for identity in identities
    ]


@lru_cache(maxsize=256)
def _sealed(identity: SigningIdentity, secret: str) -> bytes:
    """Sealed once a process: the MTA keeps keys open by how they look sealed."""
    return seal(identity.private_pem, domain=identity.domain, selector=identity.selector, secret=secret)


def batch_of(plan: MailPlan, part: Slice, people: Sequence[Addressee]) -> Batch:
    """A slice of the ledger as a batch; the slice's name is the batch's id, so feeding it twice is harmless."""
    return Batch(
        id=part.name,
        plan=plan.id,
        tenant=plan.tenant_id,
        mailing=str(plan.mailing_id),
        lane=Lane(plan.lane),
        recipients=[Recipient(one.seq, one.address, one.values) for one in people],
    )


def notice_plan(notice: Notice, mail_domain: str, signing: Sequence[SigningIdentity]) -> Plan:
    """A notice is a mailing to one person; everything in it is static."""
    return Plan(
        id=f"{NOTICE}-{notice.id}",
        tenant=notice.tenant_id or 0,
        mailing=NOTICE,
        lane=Lane.TRANSACTIONAL,
        headers=[
            ("From", Mailbox(notice.sender_name, notice.sender_address)),
            ("Subject", [notice.subject]),
            ("Message-ID", [f"<notice-{notice.id}@{mail_domain}>"]),
            # RFC 3834: nobody's out-of-office answer is wanted.
            ("Auto-Submitted", ["auto-generated"]),
        ],
        return_path=[f"bounce+notice-{notice.id}@{mail_domain}"],
        html=[notice.html],
        text=[notice.text],
        attachments=[
            Attachment(
                name=a.name, content_type=a.content_type, content=a.content, content_id=a.content_id, digest=a.digest
            )
            for a in map(unpacked, notice.attachments)
        ],
        signing=sealed_keys(signing),
        prove=notice.test_of is not None,
    )


def notice_batch(notice: Notice) -> Batch:
    return Batch(
        id=str(notice.id),
        plan=f"{NOTICE}-{notice.id}",
        tenant=notice.tenant_id or 0,
        mailing=NOTICE,
        lane=Lane.TRANSACTIONAL,
        recipients=[Recipient(notice.id, notice.address, [])],
    )


def _segments(parts: OurSegments) -> Segments:
    return [Slot(part.n, part.form) if isinstance(part, SlotRef) else part for part in parts]
